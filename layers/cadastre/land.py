"""Land divided, merged and surveyed as edits that somebody else will publish: what they would be, what they measure against the paper, nothing stored.

Parents go, children come, all at once. Children take what their parents were; the legal area is shared out by what was measured, and it is
said that it was. The register is mirrored here: numbers are proposed, the land office gives them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import shapely
from django.db import connection, transaction
from django.db.models import Max
from psycopg2 import sql
from shapely import LineString, MultiPoint, Point, Polygon
from shapely.geometry import mapping
from shapely.geometry.base import BaseGeometry

from geo import parcelling, shapes, traverse
from geo.crs import CITY_SRID, WGS84, reproject, to_lonlat
from geo.errors import BAD_REQUEST
from geo.models import User
from layers import access, query
from layers.access import Opened, Scope, opened
from layers.changing import conflicts, editing, rows
from layers.changing.edits import Edit
from layers.layer import Field
from layers.library.land_records import Retired
from layers.library.parcels import Parcel, Parcels
from layers.models import ChangeItem
from layers.rules import Issue

MOST_MERGED = 50
MOST_NEIGHBOURS = 100
# The paper says tenths of a square metre.
LEGAL_DECIMALS = 1
# A neighbour whose edge lies within this of a new corner keeps its edge as it is: nobody can measure the gap.
SAME_EDGE_M = 1e-5
NEIGHBOUR_M = parcelling.REACH_M
NEAREST_SHEET_M = 200.0
OPEN_STATUSES = ("draft", "returned", "submitted")
SHEET = ("ward_code", "ward_valid_from", "sheet_no")
SHARED_OUT = {
    "vi": "Diện tích pháp lý chia theo tỷ lệ diện tích đo; số thửa chỉ là đề xuất. Số chính thức do cơ quan đăng ký đất đai cấp.",
    "en": "The legal area is shared out by what was measured, and the numbers are proposals. The land office gives the official ones.",
}

PAPER_STANDS = {
    "vi": "Diện tích pháp lý vẫn theo giấy đã cấp; sửa khi có giấy mới.",
    "en": "The legal areas stay as the papers say until there are new ones.",
}
LIKE_BESIDE = {
    "vi": "Tờ bản đồ và loại đất lấy theo thửa gần nhất, số thửa là đề xuất: kiểm tra trước khi gửi.",
    "en": "Map sheet and land use are those of the nearest parcel, the number is a proposal: check them before you submit.",
}


@dataclass(frozen=True)
class Caller:
    """Who asks, what that person may, and when."""

    by: User
    scope: Scope
    at: datetime
    # Parcels that only a draft makes: their numbers are free again when they go.
    drafted: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Parent:
    """A parcel that stands, as the caller sees it; shape in city metres."""

    fid: int
    version: int
    shape: Polygon
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Area:
    """What a parcel measures, and what the paper says."""

    number: str
    measured_m2: float
    legal_m2: float | None
    fid: int | None = None

    def as_dict(self) -> dict[str, Any]:
        differs = None if not self.legal_m2 else round((self.measured_m2 - self.legal_m2) / self.legal_m2 * 100, 2)
        return {"fid": self.fid, "number": self.number, "measured_m2": round(self.measured_m2, 2), "legal_m2": self.legal_m2, "difference_percent": differs}


@dataclass(frozen=True)
class Corner:
    """A vertex that a neighbour's edge passes through without having it, and how far off it passes."""

    fid: int
    place: tuple[float, float]
    off_m: float


@dataclass(frozen=True)
class Proposal:
    """Edits to be put into a change set, and what they would make of the land."""

    kind: str
    edits: list[Edit]
    before: list[Area]
    areas: list[Area]
    corners: list[Corner] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    features: list[dict[str, Any]] = field(default_factory=list)
    walk: traverse.Walk | None = None
    note: Mapping[str, str] = field(default_factory=lambda: SHARED_OUT)


def split(*, caller: Caller, fid: int, version: int, line: Mapping[str, Any], neighbours: bool = False) -> Proposal:
    """A parcel cut by a line. Raises NOT_FOUND, FORBIDDEN, STALE, the gateway's refusals and those of geo.parcelling.split."""
    (parent,) = _standing(caller, [fid], [version])
    made = parcelling.split(parcel=parent.shape, line=_line(line))
    return _looked(caller, _replaced(caller, "tach_thua", [parent], made.parts), made.vertices, neighbours)


def subdivide(
    *, caller: Caller, fid: int, version: int, bearing: float | str, parts: int | None = None, area_m2: float | None = None, neighbours: bool = False
) -> Proposal:
    """A parcel cut into equal parts or into parts of an area, by cuts that run along a grid bearing. Raises as split does."""
    (parent,) = _standing(caller, [fid], [version])
    made = parcelling.subdivide(parcel=parent.shape, bearing_deg=traverse.bearing(bearing), parts=parts, area_m2=area_m2)
    return _looked(caller, _replaced(caller, "tach_thua", [parent], made.parts), made.vertices, neighbours)


def merge(*, caller: Caller, fids: Sequence[int], versions: Sequence[int], keep: int | None = None, neighbours: bool = False) -> Proposal:
    """Neighbours as one parcel, which takes the attributes of the one to keep (the largest, where none is named). Raises as split does."""
    parents = _standing(caller, fids, versions)
    first = next((one for one in parents if one.fid == keep), None) or max(parents, key=lambda one: one.shape.area)
    if keep is not None and first.fid != keep:
        raise BAD_REQUEST("Thửa giữ lại phải nằm trong các thửa được gộp.", "The parcel to keep must be one of those to merge.", keep=keep)
    made = parcelling.merge(parcels=[one.shape for one in parents])
    return _looked(caller, _replaced(caller, "hop_thua", [first, *(one for one in parents if one is not first)], [made.shape]), (), neighbours)


def adjust(*, caller: Caller, fids: Sequence[int], versions: Sequence[int], line: Mapping[str, Any], neighbours: bool = False) -> Proposal:
    """A new boundary between two neighbours, which go on under their numbers. Raises as split does."""
    parents = _standing(caller, fids, versions)
    if len(parents) != 2:
        raise BAD_REQUEST("Chỉnh ranh cần đúng hai thửa.", "A boundary is adjusted between two parcels.")
    made = parcelling.adjust(first=parents[0].shape, second=parents[1].shape, line=_line(line))
    edits = [Edit(Parcels.slug, "update", one.fid, frozenset({one.version}), geometry=shape) for one, shape in zip(parents, made, strict=True)]
    areas = [
        Area(_number(one.properties), shape.area, one.properties.get("legal_area_m2"), _known(caller, one)) for one, shape in zip(parents, made, strict=True)
    ]
    vertices = _fresh_on_outline([one.shape for one in parents], made)
    return _looked(caller, Proposal("chinh_ly_ranh", edits, _before(caller, parents), areas, note=PAPER_STANDS), vertices, neighbours)


def walk(
    *,
    caller: Caller,
    start: tuple[float, float],
    courses: Sequence[traverse.Course],
    fid: int | None = None,
    version: int | None = None,
    properties: Mapping[str, Any] | None = None,
    neighbours: bool = False,
) -> Proposal:
    """A survey by bearings and distances from a start (x east, y north): it cuts the parcel that is named, or is the outline of a new one.

    Raises as split does, BAD_COURSE, and what the values of a new parcel refuse.
    """
    walked = traverse.walk(start=start, courses=courses)
    if fid is not None:
        (parent,) = _standing(caller, [fid], [version])
        made = parcelling.split(parcel=parent.shape, line=LineString(walked.stations))
        return _looked(caller, _replaced(caller, "tach_thua", [parent], made.parts), made.vertices, neighbours, walked)
    if len(walked.stations) < 3:
        raise traverse.BAD_COURSE("Một thửa cần ít nhất hai cạnh đo.", "The outline of a parcel takes at least two courses.")
    shape = shapes.admit(Polygon(walked.stations), types=(Parcels.geometry_type,), srid=CITY_SRID)
    given = _of_the_sheet(caller, shape) | dict(properties or {})
    edit = Edit(Parcels.slug, "create", properties=given, geometry=shape)
    proposal = Proposal("do_dac_moi", [edit], [], [Area(_number(given), shape.area, given.get("legal_area_m2"))], note=LIKE_BESIDE)
    return _looked(caller, proposal, shape.exterior.coords, neighbours, walked)


# What stands.


def _standing(caller: Caller, fids: Sequence[int], versions_: Sequence[int | None]) -> list[Parent]:
    """The parcels as they stand, of the versions that the caller has seen. Raises BAD_REQUEST, NOT_FOUND, FORBIDDEN, STALE."""
    if not 1 <= len(fids) <= MOST_MERGED or len(set(fids)) != len(fids) or len(versions_) != len(fids):
        raise BAD_REQUEST(f"Từ 1 đến {MOST_MERGED} thửa khác nhau, mỗi thửa một phiên bản.", f"1 to {MOST_MERGED} different parcels, each with its version.")
    seen = opened(Parcels, caller.scope)
    found = []
    with transaction.atomic():
        for fid, version in zip(fids, versions_, strict=True):
            known = frozenset() if version is None else frozenset({version})
            standing, _ = conflicts.met(seen, Edit(Parcels.slug, "delete", fid, known), merge=False, retiring=True)
            feature = query.feature(seen, fid)
            found.append(Parent(fid, standing.version, standing.shape, feature["properties"]))
    return found


def _line(given: Mapping[str, Any]) -> LineString:
    return shapes.admit(dict(given), types=("LineString",))


def _before(caller: Caller, parents: Iterable[Parent]) -> list[Area]:
    return [Area(_number(one.properties), one.shape.area, one.properties.get("legal_area_m2"), _known(caller, one)) for one in parents]


def _known(caller: Caller, parent: Parent) -> int | None:
    """The fid that the parcel will be found by; one that is only drafted has none yet."""
    return None if parent.fid in caller.drafted else parent.fid


def _number(properties: Mapping[str, Any]) -> str:
    return f"{properties.get('sheet_no', '?')}/{properties.get('parcel_no', '?')}"


# What would come.


def _replaced(caller: Caller, kind: str, parents: Sequence[Parent], parts: Sequence[Polygon]) -> Proposal:
    """Parents that go and children that come; the first parent gives the attributes, all of them what is inherited."""
    first = parents[0].properties
    # What was proposed for a drafted parcel and nobody has been given is proposed again.
    freed = [one.properties["parcel_no"] for one in parents if one.fid in caller.drafted and all(one.properties[name] == first[name] for name in SHEET)]
    numbers = [*freed, *_next_numbers(first, max(0, len(parts) - len(freed)))]
    legal_m2 = _shared_out([one.properties.get("legal_area_m2") for one in parents], [part.area for part in parts])
    passed_on = _passed_on(caller.scope, [one.properties for one in parents])
    edits = [Edit(Parcels.slug, "delete", one.fid, frozenset({one.version})) for one in parents]
    areas = []
    for part, number, share_m2 in zip(parts, numbers[: len(parts)], legal_m2, strict=True):
        properties = passed_on | {"parcel_no": number, "legal_area_m2": share_m2}
        edits.append(Edit(Parcels.slug, "create", properties=properties, geometry=part, parents=tuple(one.fid for one in parents)))
        areas.append(Area(_number(properties), part.area, share_m2))
    return Proposal(kind, edits, _before(caller, parents), areas)


def _passed_on(scope: Scope, parents: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the caller sees of the parents and may say of a child; what it may not see is passed on where the edits are written."""
    known = rows.inherited(Parcels, parents)
    return {field_.name: known[field_.name] for field_ in Parcels.fields if _may_say(field_, scope) and known.get(field_.name) not in (None, "")}


def _may_say(field_: Field, scope: Scope) -> bool:
    return access.may_write(field_, scope) or (field_.required and scope.may(field_.see))


def _shared_out(legal_m2: Sequence[float | None], measured_m2: Sequence[float]) -> list[float | None]:
    """The legal area in the proportions of what was measured, to the decimal of the paper; the first part bears what rounding leaves."""
    known = [area_m2 for area_m2 in legal_m2 if area_m2 is not None]
    if len(known) < len(legal_m2):
        return [None] * len(measured_m2)
    whole_m2 = sum(known)
    others = [round(whole_m2 * area_m2 / sum(measured_m2), LEGAL_DECIMALS) for area_m2 in measured_m2[1:]]
    return [round(whole_m2 - sum(others), 6), *others]


def _next_numbers(sheet: Mapping[str, Any], many: int) -> list[int]:
    """The next numbers of a map sheet that no parcel has, had, or was proposed in an open change set."""
    where = {name: sheet[name] for name in SHEET}
    drafted = ChangeItem.objects.filter(
        layer=Parcels.slug, op="create", change_set__status__in=OPEN_STATUSES, **{f"edit__properties__{name}": value for name, value in where.items()}
    ).values_list("edit__properties__parcel_no", flat=True)
    # No row leaves here, only the highest number: it is asked of all rows, whoever may see them.
    last = (model.objects.filter(**where).aggregate(last=Max("parcel_no"))["last"] or 0 for model in (Parcel, Retired))
    highest = max(*last, *(number for number in drafted if isinstance(number, int)))
    return list(range(highest + 1, highest + 1 + many))


def _of_the_sheet(caller: Caller, shape: Polygon) -> dict[str, Any]:
    """The map sheet that a new parcel would lie on and what it is used for: as the nearest parcel that the caller sees; nothing where none is near."""
    near = query.nearest(opened(Parcels, caller.scope), at=shape.representative_point(), k=1, reach_m=NEAREST_SHEET_M)
    if not near:
        return {}
    beside = near[0][0]["properties"]
    return {name: beside[name] for name in SHEET} | {"parcel_no": _next_numbers(beside, 1)[0], "land_use": beside["land_use"], "status": "in_use"}


# What they would make of the land.


def _looked(caller: Caller, proposal: Proposal, vertices: Iterable[tuple[float, float]], neighbours: bool, walked: traverse.Walk | None = None) -> Proposal:
    """The proposal gone the whole way and back: what would stand, and what the rules say of it."""
    corners, joined = _corners(caller, proposal, list(vertices), neighbours)
    edits = [*proposal.edits, *joined]
    outcome = editing.apply(edits=edits, by=caller.by, scope=caller.scope, at=caller.at, looking=True)
    return replace(proposal, edits=edits, corners=corners, issues=outcome.issues, features=outcome.features, walk=walked)


def _corners(caller: Caller, proposal: Proposal, vertices: list[tuple[float, float]], wanted: bool) -> tuple[list[Corner], list[Edit]]:
    """The new vertices on neighbours' edges, and the neighbours that have to be given them, or, where wanted, all of them."""
    own = [edit.fid for edit in proposal.edits if edit.fid is not None]
    found, edits = [], []
    for fid, version, shape in _beside(opened(Parcels, caller.scope), vertices, own) if vertices else ():
        corners = MultiPoint(shapely.get_coordinates(shape))
        passed = [Corner(fid, place, parcelling.off_outline_m(shape, place)) for place in vertices if corners.distance(Point(place)) > SAME_EDGE_M]
        passed = [corner for corner in passed if corner.off_m <= NEIGHBOUR_M]
        given = [corner.place for corner in passed if wanted or corner.off_m > SAME_EDGE_M]
        found += passed
        if given:
            edits.append(Edit(Parcels.slug, "update", fid, frozenset({version}), geometry=parcelling.with_vertices(shape, given)))
    return found, edits


def _beside(seen: Opened, vertices: Sequence[tuple[float, float]], own: Sequence[int]) -> list[tuple[int, int, Polygon]]:
    """The other parcels within reach of any of these places, as they stand."""
    command = sql.SQL(
        "select {fid}, t.version, public.st_asbinary({shape}) from {relation} t"
        " where {where} and public.st_dwithin({shape}, public.st_geomfromewkb(%(places)s), %(reach)s) and {fid} <> all(%(own)s) order by {fid} limit %(most)s"
    ).format(fid=seen.fid, shape=seen.indexed, relation=seen.relation, where=seen.where)
    places = shapely.to_wkb(shapely.set_srid(MultiPoint(vertices), CITY_SRID), include_srid=True)
    given = {**seen.params, "places": places, "reach": NEIGHBOUR_M, "own": list(own), "most": MOST_NEIGHBOURS}
    with connection.cursor() as cursor:
        cursor.execute(command, given)
        return [(fid, version, shapely.from_wkb(bytes(wkb))) for fid, version, wkb in cursor.fetchall()]


def _fresh_on_outline(before: Sequence[BaseGeometry], after: Sequence[BaseGeometry]) -> list[tuple[float, float]]:
    """The vertices of new shapes that the old ones did not have and that lie on the outline of all of them."""
    known = {tuple(place) for shape in before for place in shapely.get_coordinates(shape).tolist()}
    outline = shapely.unary_union(list(after)).boundary
    made = {tuple(place) for shape in after for place in shapely.get_coordinates(shape).tolist()} - known
    return sorted(place for place in made if outline.distance(Point(place)) <= SAME_EDGE_M)


def as_json(proposal: Proposal) -> list[dict[str, Any]]:
    """The edits with their shapes in degrees, in all their digits: what goes out comes back where it was."""
    return [_edit_as_json(edit) for edit in proposal.edits]


def _edit_as_json(edit: Edit) -> dict[str, Any]:
    told: dict[str, Any] = {"layer": edit.layer, "op": edit.op, "fid": edit.fid, "item": edit.item, "version": edit.version, "properties": edit.properties}
    told["parents"] = list(edit.parents) or None
    if isinstance(edit.geometry, BaseGeometry):
        told["geometry"] = mapping(reproject(edit.geometry, CITY_SRID, WGS84))
    return {name: value for name, value in told.items() if value is not None}


def walk_as_json(walked: traverse.Walk) -> dict[str, Any]:
    """The stations as a coordinate table writes them, X (Bắc) and Y (Đông), and how the walk closes."""
    return {
        "stations": [{"x_north": round(y, 3), "y_east": round(x, 3), "lonlat": to_lonlat(x, y)} for x, y in walked.stations],
        "length_m": round(walked.length_m, 3),
        "closes": walked.closes,
        "misclosure_m": None if walked.misclosure_m is None else round(walked.misclosure_m, 4),
        "misclosure_bearing_deg": walked.misclosure_bearing_deg,
        "one_in": None if walked.one_in is None or walked.one_in > 1e7 else round(walked.one_in),
    }
