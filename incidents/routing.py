"""Who is in charge: of one kind of case the agency that the city's profile names, and where it names the ward, the ward's own."""

from datetime import date
from typing import Any

from geo.city import CITY
from geo.models import Agency

WARD = "ward"


def in_charge(*, category: str, ward_code: str, day: date) -> Agency | None:
    """The agency that answers for this kind of case in this ward (its code of that day); None where nobody is named."""
    found = CITY.categories.get(category)
    if found is None:
        return None
    if found.agency == WARD:
        return _standing(day).filter(ward_code=ward_code).first() if ward_code else None
    return _standing(day).filter(code=found.agency).first()


def at_ward(*, ward_code: str, day: date) -> list[tuple[Agency, tuple[str, ...]]]:
    """The agencies in charge of anything in a ward, its own first, each with the kinds of case that it answers for."""
    kinds: dict[str, list[str]] = {}
    for category in CITY.categories.values():
        kinds.setdefault(category.agency, []).append(category.code)
    named = {agency.code: agency for agency in _standing(day).filter(code__in=kinds)}
    own = _standing(day).filter(ward_code=ward_code).first() if ward_code else None
    rest = [(named[code], tuple(codes)) for code, codes in kinds.items() if code in named]
    return [(own, tuple(kinds.get(WARD, ()))), *rest] if own else rest


def told(agency: Agency) -> dict[str, Any]:
    """An agency as a screen names it."""
    return {"code": agency.code, "vi": agency.name, "en": agency.name_en or agency.name, "duty_phone": agency.duty_phone}


def _standing(day: date) -> Any:
    return Agency.objects.exclude(valid_until__lte=day).exclude(valid_from__gt=day)
