"""Permissions that came later reach the roles of a city that runs already, and nobody else's."""

from importlib import import_module

import pytest
from django.apps import apps

from geo.models import Role
from geo.permissions import PERMISSIONS, STARTING_ROLES

LATER = {
    "0005_make_layers": ("make_layers", {"officer", "approver"}),
    "0006_edit_own_assets": ("edit_own_assets", {"agency"}),
    "0010_hear_escalations": ("hear_escalations", {"leader"}),
    "0011_manage_roster": ("manage_roster", {"operator", "admin"}),
}


def test_every_permission_of_a_starting_role_is_one() -> None:
    assert {code for _, _, codes in STARTING_ROLES.values() for code in codes} <= PERMISSIONS.keys()


@pytest.mark.django_db
@pytest.mark.parametrize("migration", sorted(LATER))
def test_a_later_permission_goes_to_the_starting_roles_that_need_it_and_keeps_what_was_changed_by_hand(migration: str) -> None:
    code, held_by = LATER[migration]
    for slug in STARTING_ROLES:
        Role.objects.create(slug=slug, name=slug, permissions=["see_assets"])
    Role.objects.create(slug="own_role", name="own", permissions=["edit_assets"])
    step = import_module(f"geo.migrations.{migration}")

    step.give(apps, None)
    step.give(apps, None)
    assert {role.slug for role in Role.objects.all() if role.permissions == ["see_assets", code]} == held_by
    step.take(apps, None)
    assert all(role.permissions in (["see_assets"], ["edit_assets"]) for role in Role.objects.all())
