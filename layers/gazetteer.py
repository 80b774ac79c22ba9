"""Places as people say them: a house in a street or an alley, a parcel by sheet and number, a lamp by the number on its post.

What is said is read into a few parts, and those are looked up through the same doors and indexes as any search. A house that is not
in the register is put between its neighbours, or else its street is offered, each with how sure that is.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg2 import sql

from geo.errors import NOT_FOUND
from layers.access import Opened, Scope, column_of, opened
from layers.library.assets import Asset

MOST_SAID = 5
MOST_HOUSES = 400
# A point of a register is somewhere at the thing; a house is found at its door, not at its middle.
POINT_ACCURACY_M = 10.0
# An alley is as long as this behind the house at which it opens.
ALLEY_M = 100.0
# Neighbours farther apart than this say nothing about what lies between them: numbers were given anew, or streets share a name.
NEIGHBOURS_M = 300.0
NEIGHBOURS_NUMBERS = 60

# All of them on text as layers.search folds it: small letters, no marks.
NOISE = re.compile(r"^(?:(?:dia chi|so nha|nha so|nha|so)\s+)+")
HOUSE = re.compile(r"^(\d{1,5}[a-z]?)((?:/\d{1,5}[a-z]?)*)\s*,?\s+(?:(?:duong|pho)\s+)?(.+)$")
ALLEY = re.compile(r"^(?:hem|ngo|kiet)\s+(?:so\s+)?(\d{1,5}[a-z]?)((?:/\d{1,5}[a-z]?)*)\s*,?\s+(?:(?:duong|pho)\s+)?(.+)$")
# What follows the street says which town it is in; there is one. But a street's own name may hold such a word: "đường kênh Ranh Xã 4".
TOWN = re.compile(r"\s*,|\s(?:phuong|xa|thanh pho|tp|khu vuc|kv|tinh)\b|\sp\.")
MOST_CUTS = 3
SHEET = r"(?:to|tbd)(?:\s+ban\s+do)?(?:\s+so)?\s*(\d{1,5})"
NUMBER = r"thua(?:\s+dat)?(?:\s+so)?\s*(\d{1,5})"
PARCEL = re.compile(rf"^{SHEET}[\s,;]+{NUMBER}\b|^{NUMBER}[\s,;]+{SHEET}\b")
POST = re.compile(
    r"^(tru nuoc|tru cuu hoa|hong nuoc|tru dien|tru den|cot dien|cot den|den duong|den|tru|cot|ho ga|cong)\s+(?:so\s+)?(?:([a-z]{1,4})[\s-]?)?(\d{1,6})$"
)
LIGHTS, WATER, DRAINS = ("street_lights",), ("hydrants",), ("drains",)
POSTS: dict[str, tuple[str, ...]] = {
    "tru nuoc": WATER, "tru cuu hoa": WATER, "hong nuoc": WATER, "ho ga": DRAINS, "cong": DRAINS,
    "tru": LIGHTS + WATER, "cot": LIGHTS,
}  # fmt: skip
# The longest number on a post.
DIGITS = 6


@dataclass(frozen=True)
class House:
    """A number in a street; `behind` are the numbers along its alley, as in 12/5/3; `streets` are what it may be called, the shortest first."""

    number: str
    behind: str
    streets: tuple[str, ...]
    alley: bool = False

    @property
    def street(self) -> str:
        """What it is most probably called."""
        return self.streets[0]

    def addresses(self, behind: str = "") -> list[str]:
        """How a register may write it, with the kind of street before its name and without."""
        return [f"{self.number}{behind} {kind}{literally(street)}" for street in self.streets for kind in ("", "duong ")]


# Runs a statement for a layer; a layer that takes too long answers with nothing.
Ask = Callable[[str, sql.Composed, dict[str, Any]], Sequence[Sequence[Any]]]


def literally(text: str) -> str:
    """A text as a LIKE pattern that stands for itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def source_of(seen: Opened) -> str:
    """By what a place is known that was found in this layer."""
    if seen.layer.slug in ("buildings", "roads"):
        return "address"
    if seen.layer.slug == "parcels":
        return "parcel"
    return "asset" if seen.layer.model is not None and issubclass(seen.layer.model, Asset) else "landmark"


def accuracy_m(half_diagonal_m: float | None) -> float:
    """How sure the middle of a thing is as the place where somebody stands at it."""
    return round(max(half_diagonal_m or 0.0, POINT_ACCURACY_M), 1)


def said(scope: Scope, folded: str, ask: Ask) -> list[dict[str, Any]]:
    """The places that a folded text names by their parts, the surest first; none for any other text."""
    text = " ".join(folded.split())
    if (parcel := PARCEL.match(text)) is not None:
        sheet, number = (parcel[1], parcel[2]) if parcel[1] else (parcel[4], parcel[3])
        return _named(scope, "parcels", "number", [f"{int(sheet)}/{int(number)}"], ask)
    if (post := POST.match(text)) is not None:
        number = post[3].lstrip("0") or "0"
        prefix = f"{post[2]}-" if post[2] else "%-"
        codes = [prefix + number.zfill(width) for width in range(len(number), DIGITS + 1)]
        return [one for slug in POSTS.get(post[1], LIGHTS) for one in _named(scope, slug, "asset_code", codes, ask)]
    house = house_of(text)
    return _house(scope, house, ask) if house else []


def house_of(text: str) -> House | None:
    """The parts of an address, where the text is one."""
    bare = NOISE.sub("", text)
    match, alley = ALLEY.match(bare), True
    if match is None:
        match, alley = HOUSE.match(bare), False
    if match is None:
        return None
    cuts = [cut.start() for cut in TOWN.finditer(match[3])][: MOST_CUTS - 1]
    said = dict.fromkeys(match[3][:cut].strip(" ,.") for cut in (*cuts, len(match[3])))
    streets = tuple(street for street in said if len(street) > 1)
    return House(match[1], match[2], streets, alley) if streets else None


def _house(scope: Scope, house: House, ask: Ask) -> list[dict[str, Any]]:
    """The house itself; else the mouth of its alley; else between its neighbours; else its street."""
    street = literally(house.street)
    if house.alley and (road := _named(scope, "roads", "name", [f"hem {house.number}{house.behind} {street}"], ask)):
        return road
    exact = [] if house.alley else _named(scope, "buildings", "address", house.addresses(house.behind), ask)
    if exact:
        return exact
    mouth = _named(scope, "buildings", "address", house.addresses(), ask) if house.behind or house.alley else []
    if mouth:
        return [{**one, "title": f"→ {one['title']}", "accuracy_m": round(one["accuracy_m"] + ALLEY_M, 1)} for one in mouth]
    between = _between(scope, house, ask)
    return between or _named(scope, "roads", "name", [street, f"duong {street}"], ask)


def _open(scope: Scope, slug: str, field: str) -> tuple[Opened, sql.Composable] | None:
    try:
        seen = opened(slug, scope)
        return seen, seen.column(field)
    except NOT_FOUND:
        return None


def _named(scope: Scope, slug: str, field: str, names: Sequence[str], ask: Ask) -> list[dict[str, Any]]:
    """The rows of a layer whose folded name is like one of these patterns."""
    found = _open(scope, slug, field)
    if found is None:
        return []
    seen, column = found
    ways = sql.SQL(" or ").join([sql.SQL("public.nbioc_fold({}::text) like {}").format(column, sql.Placeholder(f"name{at}")) for at in range(len(names))])
    statement = sql.SQL(
        "select {fid}, {column}::text, {shown}, public.st_x(p.at), public.st_y(p.at), public.st_length(public.st_boundingdiagonal({shape})) / 2,"
        " case when public.st_dimension({shape}) > 0 then array[public.st_xmin(b.box), public.st_ymin(b.box), public.st_xmax(b.box), public.st_ymax(b.box)] end"
        " from {relation} t"
        " cross join lateral (select public.st_transform(public.st_pointonsurface({shape}), 4326) as at) p"
        " cross join lateral (select public.st_transform(public.st_envelope({shape}), 4326) as box) b"
        " where ({ways}) and {where} and {shape} is not null order by {fid} limit {most}"
    ).format(
        fid=seen.fid, column=column, shown=_shown(seen), shape=seen.geometry, relation=seen.relation, ways=ways, where=seen.where, most=sql.Literal(MOST_SAID)
    )  # fmt: skip
    return [
        {
            "layer": slug, "fid": fid, "title": title, "subtitle": subtitle or "", "lon": lon, "lat": lat, "bbox": box,
            "place_source": source_of(seen), "accuracy_m": accuracy_m(half_m),
        }
        for fid, title, subtitle, lon, lat, half_m, box in ask(slug, statement, {**seen.params, **{f"name{at}": name for at, name in enumerate(names)}})
    ]  # fmt: skip


def _shown(seen: Opened) -> sql.Composable:
    """What tells two of one name apart: sheets and numbers repeat from ward to ward."""
    wards = [field for field in seen.fields if field.name == "ward_code"]
    return column_of(wards[0]) + sql.SQL("::text") if wards else sql.SQL("null::text")


def _between(scope: Scope, house: House, ask: Ask) -> list[dict[str, Any]]:
    """Between the next lower and the next higher number on its side of the street."""
    found = _open(scope, "buildings", "address")
    if found is None:
        return []
    seen, column = found
    statement = sql.SQL(
        "select public.nbioc_fold({column}::text), public.st_x(c.at), public.st_y(c.at), public.st_x(g.at), public.st_y(g.at) from {relation} t"
        " cross join lateral (select public.st_centroid({shape}) as at) c cross join lateral (select public.st_transform(c.at, 4326) as at) g"
        " where public.nbioc_fold({column}::text) like %(street)s and {where} limit {most}"
    ).format(column=column, relation=seen.relation, shape=seen.geometry, where=seen.where, most=sql.Literal(MOST_HOUSES))
    wanted = int(re.sub(r"\D", "", house.number))
    side = []
    for address, x, y, lon, lat in ask("buildings", statement, {**seen.params, "street": "% " + literally(house.street)}):
        match = re.fullmatch(r"(\d{1,5})[a-z]? (.+)", address)
        if match and match[2] == house.street and int(match[1]) % 2 == wanted % 2:
            side.append((int(match[1]), x, y, lon, lat))
    low = max((one for one in side if one[0] < wanted), default=None)
    high = min((one for one in side if one[0] > wanted), default=None)
    if low is None or high is None or high[0] - low[0] > NEIGHBOURS_NUMBERS:
        return []
    apart_m = math.dist(low[1:3], high[1:3])
    if apart_m > NEIGHBOURS_M:
        return []
    share = (wanted - low[0]) / (high[0] - low[0])
    return [
        {
            "layer": "", "fid": 0, "title": f"~ {house.number} {house.street}", "subtitle": f"{low[0]} – {high[0]}",
            "lon": low[3] + (high[3] - low[3]) * share, "lat": low[4] + (high[4] - low[4]) * share, "bbox": None,
            "place_source": "address", "accuracy_m": accuracy_m(apart_m / 2),
        }
    ]  # fmt: skip
