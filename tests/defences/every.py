"""The table of defences, group by group."""

from tests.defences import compartments, conditions, devices, files, filters, intake, permission, playbooks, sending, shapes, tiles, units
from tests.defences.defence import Defence

ROOMS = (files, shapes, tiles, filters, permission, devices, intake, units, sending, conditions, playbooks, compartments)
DEFENCES: tuple[Defence, ...] = tuple(line for room in ROOMS for line in room.DEFENCES)
