"""A report comes in: where it is, whose ground it is, and whether somebody has reported it already."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from shapely.geometry import Point

from geo import events, plain_text
from geo.acting import acting
from geo.city import CITY, Category
from geo.errors import define
from geo.models import User
from geo.shapes import admit, as_field
from incidents import alarms, compartments
from incidents.guidance import playbooks
from incidents.intake import calls
from incidents.models import Entry, Incident
from layers import context
from layers.access import SYSTEM

UNKNOWN_CATEGORY = define("unknown_category", 422, "Không có loại vụ việc này", "There is no such category")
UNKNOWN_CHANNEL = define("unknown_channel", 422, "Không có kênh tiếp nhận này", "There is no such channel")
BAD_SEVERITY = define("bad_severity", 422, "Mức độ phải từ 1 đến 5", "Severity is from 1 to 5")
HALF_A_PLACE = define("half_a_place", 422, "Vị trí thiếu một số", "One number of the place is missing")
TOO_LONG = define("too_long", 422, "Nội dung quá dài", "The text is too long")

# How a place was known: Vietnamese, English. Another word would say nothing to whoever must decide how far to trust it.
PLACE_SOURCES: dict[str, tuple[str, str]] = {
    "caller": ("người báo nói", "said by the caller"),
    "operator": ("trực ban chọn", "chosen by the operator"),
    "map": ("chọn trên bản đồ", "clicked on the map"),
    "address": ("địa chỉ", "address"),
    "landmark": ("địa danh", "landmark"),
    "asset": ("mã hạ tầng", "asset number"),
    "parcel": ("số thửa", "parcel number"),
    "coordinates": ("tọa độ", "coordinates"),
    "plus_code": ("mã Plus", "Plus code"),
    "device": ("thiết bị", "device"),
    "phone": ("điện thoại người báo", "the caller's phone"),
}
UNKNOWN_SOURCE = define("unknown_place_source", 422, "Không rõ nguồn vị trí", "There is no such source of a place")

ROAD_REACH_M = 80.0
LONGEST_NAME = 120
LONGEST_DESCRIPTION = 4_000


@dataclass(frozen=True)
class Report:
    """What somebody says happened, and where (lon, lat in WGS84, so many metres sure); neither of both where nobody knows yet."""

    category: str
    channel: str
    lon: float | None = None
    lat: float | None = None
    severity: int | None = None
    description: str = ""
    place_name: str = ""
    place_source: str = ""
    accuracy_m: float | None = None
    reporter_name: str = ""
    reporter_phone: str = ""
    key: uuid.UUID | None = None
    # Of an exercise (incidents.rehearsal.exercises), and so for good.
    exercise: bool = False
    call: int | None = None


def category_of(code: str) -> Category:
    """The category of a code. Raises UNKNOWN_CATEGORY, which names them all."""
    if code not in CITY.categories:
        raise UNKNOWN_CATEGORY(f"{code!r}: chọn một trong {', '.join(CITY.categories)}.", f"{code!r}: choose one of {', '.join(CITY.categories)}.")
    return CITY.categories[code]


def report(*, given: Report, by: User | None, at: datetime) -> tuple[Incident, bool]:
    """Take a report; the same key twice is the same case. Returns the case and whether it is new.

    Raises UNKNOWN_CATEGORY, UNKNOWN_CHANNEL, BAD_SEVERITY, TOO_LONG or a refusal of the geometry gateway.
    """
    category = category_of(given.category)
    given = _plain(given)
    check(given)
    place = place_of(given.lon, given.lat)
    if given.key is not None and (standing := Incident.objects.filter(request_key=given.key).first()):
        return standing, False
    with acting(by=by, because=f"report by {given.channel}"):
        incident, fresh = Incident.objects.get_or_create(
            request_key=given.key or uuid.uuid4(),
            defaults={
                "category": category.code,
                "process": category.process,
                "severity": given.severity or category.severity,
                "description": given.description,
                "place_name": given.place_name,
                "place_source": given.place_source,
                "accuracy_m": given.accuracy_m,
                "channel": given.channel,
                "reporter_name": given.reporter_name,
                "reporter_phone": given.reporter_phone,
                "reported_at": at,
                **compartments.at_birth(category),
                "exercise": given.exercise,
                "geom": as_field(place) if place else None,
                **whereabouts(place, at),
            },
        )
        if fresh:
            Entry.objects.create(incident=incident, at=at, by=by, kind="report", status_to="new", data={"channel": given.channel})
            playbooks.arm_fitting(incident=incident, by=by, at=at)
            if incident.process == "immediate":
                alarms.raise_alarm(kind="case_unheard", incident=incident, at=at, due_at=at + timedelta(seconds=CITY.acknowledge_s))
            compartments.born(incident=incident, by=by, at=at)
            events.publish(kind="incident.reported", at=at, layer="incidents", fids=[incident.pk])
            if given.call is not None:
                calls.attach_new(call_id=given.call, incident=incident, by=by, at=at)
    return incident, fresh


def _plain(given: Report) -> Report:
    """Its texts without what nobody sees."""
    return replace(
        given,
        description=plain_text.lines(given.description),
        place_name=plain_text.line(given.place_name),
        reporter_name=plain_text.line(given.reporter_name),
        reporter_phone=plain_text.line(given.reporter_phone),
    )


def check(given: Report) -> None:
    """Raises UNKNOWN_CHANNEL, BAD_SEVERITY, UNKNOWN_SOURCE or TOO_LONG."""
    if given.channel not in CITY.channels:
        raise UNKNOWN_CHANNEL(f"{given.channel!r}: chọn một trong {', '.join(CITY.channels)}.", f"{given.channel!r}: choose one of {', '.join(CITY.channels)}.")
    if given.severity is not None and given.severity not in CITY.severities:
        raise BAD_SEVERITY()
    check_source(given.place_source)
    if len(given.description) > LONGEST_DESCRIPTION or max(len(given.place_name), len(given.reporter_name)) > LONGEST_NAME or len(given.reporter_phone) > 40:
        raise TOO_LONG(f"Nội dung tối đa {LONGEST_DESCRIPTION} ký tự.", f"At most {LONGEST_DESCRIPTION} characters of description.")


def check_source(source: str) -> None:
    """Raises UNKNOWN_SOURCE, which names them all."""
    if source and source not in PLACE_SOURCES:
        raise UNKNOWN_SOURCE(f"{source!r}: chọn một trong {', '.join(PLACE_SOURCES)}.", f"{source!r}: choose one of {', '.join(PLACE_SOURCES)}.")


def place_of(lon: float | None, lat: float | None) -> Point | None:
    """The place (city metres) that was given; None where neither number was. Raises HALF_A_PLACE or a refusal of the geometry gateway."""
    if lon is None and lat is None:
        return None
    if lon is None or lat is None:
        raise HALF_A_PLACE("Cần cả lon và lat, hoặc không cả hai.", "Both lon and lat are needed, or neither.")
    return admit(Point(lon, lat), types=("Point",))


def whereabouts(place: Point | None, at: datetime) -> dict[str, Any]:
    """The ward that the place is in at that time and the nearest street, as columns of a case."""
    if place is None:
        return {"ward_code": "", "ward_name": "", "road_name": ""}
    ward = context.ward_at(SYSTEM, place, timezone.localdate(at))
    road = context.road_near(SYSTEM, place, reach_m=ROAD_REACH_M)
    return {"ward_code": ward["code"] if ward else "", "ward_name": ward["name"] if ward else "", "road_name": road["name"] if road else ""}
