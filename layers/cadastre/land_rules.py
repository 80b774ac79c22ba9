"""Looks whether the parts of a split parcel are as large as the decision on the smallest parcels says, and names the decision where they are not."""

from collections.abc import Iterator

from django.conf import settings

from layers.library.land_uses import SplitMinimum
from layers.rules import asking
from layers.rules.asking import Asked
from layers.rules.checking import LOOKS
from layers.rules.declared import decimal
from layers.rules.issues import Issue, key_of, told_geometry, told_place


def below_minimum(asked: Asked, rule: SplitMinimum) -> Iterator[Issue]:
    """One issue a part; its severity is that of the decision's row."""
    found = asking.ask(
        "split_minimum",
        {**asked.params(), "zone": settings.TIME_ZONE},
        features=asking.features(asked.layer, asked.scope, rows=rule.rows, land_use=asking.column(asked.layer, "land_use")),
    )
    for fid, seen, _version, name, shape, place, area_m2, least_m2, decision, severity in found:
        middle = asking.shape_of(place)
        measured, wanted = ([decimal(round(size, 2), vi=vi) for vi in (True, False)] for size in (area_m2, least_m2))
        yield Issue(
            rule=rule.code,
            severity=severity,
            vi=f"{name if seen else 'Thửa khác'}: tách còn {measured[0]} m², tối thiểu {wanted[0]} m² theo {decision}",
            en=f"{name if seen else 'Another parcel'}: {measured[1]} m² left by the split, at least {wanted[1]} m² by {decision}",
            layer=asked.layer.slug,
            fids=(fid,) if seen else (),
            key=key_of(rule.code, asked.layer.slug, middle),
            place=told_place(middle),
            geometry=told_geometry(asking.shape_of(shape)) if seen else None,
            measure=round(area_m2, 2),
            unit="m²",
        )


LOOKS[SplitMinimum] = below_minimum
