"""What a request asks of a collection: crs, bbox, datetime, filter, order, limit, cursor and properties, each as SQL over an Opened, or a refusal.

A parameter that is unknown, given twice or not a value of its kind is a 400; a property that the caller may not see is as unknown as
one that is not there. Nothing of the request reaches a statement but as a parameter.
"""

import math
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import QueryDict
from psycopg2 import sql

from geo.city import CITY
from geo.crs import CITY_SRID
from geo.errors import BAD_REQUEST, Problem
from layers.access import Opened, column_of
from layers.filters import cql2
from layers.filters.cql2_times import moment
from layers.filters.cql2_tree import UNKNOWN_PROPERTY
from layers.layer import Field
from layers.ogc.crs import CRS84, CRSS, Axes, Box
from layers.ogc.sort import Order, order_of
from layers.remembering import past

DEFAULT_LIMIT = 100
# A page never holds more; what is asked beyond it is cut to it, as OGC wants, up to what cannot be meant.
MOST_A_PAGE = 1_000
LARGEST_LIMIT = 10_000
LONGEST_VALUE = 1_000
# A filter says itself when it is too long.
LONGEST = {"filter": 1_000_000, "properties": 10_000}
FORMATS = ("json", "html")
FILTER_LANGUAGES = ("cql2-text", "cql2-json")
KEPT = ("f", "limit", "bbox", "bbox-crs", "crs", "datetime", "as_of", "cursor", "filter", "filter-lang", "filter-crs", "properties", "sortby")


@dataclass(frozen=True)
class Asked:
    """Conditions over the alias `t` with their parameters, and the page."""

    narrowed: sql.Composable
    params: dict[str, Any]
    limit: int
    # The rows behind the cursor's place; every row where there is none.
    after: sql.Composable
    order: Order
    axes: Axes
    # The properties that are sent; None for all.
    shown: frozenset[str] | None = None
    # What the next page's address repeats.
    repeated: dict[str, str] = field(default_factory=dict)

    def next_page(self, seen: Opened, last: dict[str, Any]) -> str:
        """The query string of the page that follows a feature."""
        return urlencode(self.repeated | {"cursor": self.order.cursor(seen, last)})


def singly(given: QueryDict, known: tuple[str, ...]) -> dict[str, str]:
    """The parameters, each once and known. Raises UNKNOWN_PROPERTY or BAD_REQUEST."""
    for name, values in given.lists():
        if name not in known:
            raise UNKNOWN_PROPERTY(f"Không có tham số {name[:60]!r}.", f"There is no parameter {name[:60]!r} here.", parameter=name[:60])
        if len(values) > 1:
            raise wrong(name, "chỉ được ghi một lần", "is given more than once")
        if len(values[0]) > LONGEST.get(name, LONGEST_VALUE) or "\0" in values[0]:
            raise wrong(name, "không hợp lệ", "is too long or holds a NUL")
    return {name: values[0] for name, values in given.lists()}


def wrong(name: str, vi: str, en: str) -> Problem:
    return BAD_REQUEST(f"{name}: {vi}.", f"{name} {en}.", parameter=name)


def asked(seen: Opened, query: QueryDict) -> Asked:
    """Raises UNKNOWN_PROPERTY or BAD_REQUEST with the parameter's name."""
    visible = {field_.name: field_ for field_ in seen.fields}
    given = singly(query, (*KEPT, *visible))
    conditions: list[sql.Composable] = []
    params: dict[str, Any] = {}
    if "bbox" in given:
        conditions.append(_in_boxes(seen, given["bbox"], axes_of(given, "bbox-crs"), params))
    elif "bbox-crs" in given:
        raise wrong("bbox-crs", "chỉ đi cùng bbox", "says nothing without a bbox")
    if "datetime" in given:
        conditions.append(_at_time(seen, _interval(given["datetime"]), params))
    if "filter" in given:
        compiled = _filter(seen, given)
        conditions.append(compiled.where)
        params |= compiled.params
    for index, (name, text) in enumerate((name, given[name]) for name in given if name in visible and name not in KEPT):
        conditions.append(_equals(visible[name], text, f"property{index}", params))
    narrowed = sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true")
    order = order_of(visible, given["sortby"], _not_sortable) if "sortby" in given else Order()
    after = order.after(seen, given["cursor"], params) if "cursor" in given else sql.SQL("true")
    return Asked(
        narrowed,
        params,
        _limit(given.get("limit")),
        after,
        order,
        axes_of(given, "crs"),
        _shown(visible, given.get("properties")),
        {name: value for name, value in given.items() if name != "cursor"},
    )


def as_of(seen: Opened, query: QueryDict, at: datetime) -> Opened:
    """The layer as it was: at `as_of`, or at an instant of `datetime` where its rows have no time of their own. Raises as past.at does."""
    if "as_of" in query:
        return past.at(seen, past.moment(query["as_of"], at=at))
    if "datetime" not in query or "/" in query["datetime"] or seen.layer.time is not None or not seen.layer.versioned():
        return seen
    last = _interval(query["datetime"])[1]
    # What stands now stands until it is changed.
    return seen if last is None or last >= at else past.at(seen, last)


def _filter(seen: Opened, given: dict[str, str]) -> cql2.Condition:
    language = given.get("filter-lang", "cql2-text")
    if language not in FILTER_LANGUAGES:
        raise wrong("filter-lang", f"là một trong {', '.join(FILTER_LANGUAGES)}", f"is one of {', '.join(FILTER_LANGUAGES)}")
    return cql2.condition(seen, given["filter"], language, axes_of(given, "filter-crs"))


def _shown(visible: dict[str, Field], text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    for name in (names := [name for name in text.split(",") if name]):
        if name not in visible:
            raise UNKNOWN_PROPERTY(f"Không có thuộc tính {name[:60]!r}.", f"There is no property {name[:60]!r} here.", parameter="properties")
    return frozenset(names)


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= LARGEST_LIMIT):
        raise wrong("limit", f"là số từ 1 đến {LARGEST_LIMIT}", f"is a number from 1 to {LARGEST_LIMIT}")
    return min(int(text), MOST_A_PAGE)


def _not_sortable(name: str) -> Problem:
    return UNKNOWN_PROPERTY(f"Không có thuộc tính {name[:60]!r}.", f"There is no property {name[:60]!r} here.", parameter="sortby")


def axes_of(given: dict[str, str], name: str) -> Axes:
    """The CRS that a parameter names. Raises BAD_REQUEST for one that is not offered."""
    found = CRSS.get(given.get(name, CRS84))
    if found is None:
        raise wrong(name, f"là một trong {', '.join(CRSS)}", f"is one of {', '.join(CRSS)}")
    return found


def _boxes(text: str, axes: Axes) -> list[Box]:
    """One box, x before y, or two where it crosses the antimeridian; heights are left aside."""
    try:
        edges = [float(part) for part in text.split(",")]
    except ValueError as error:
        raise wrong("bbox", "gồm 4 hoặc 6 số", "is 4 or 6 numbers") from error
    if len(edges) not in (4, 6) or not all(math.isfinite(edge) for edge in edges):
        raise wrong("bbox", "gồm 4 hoặc 6 số hữu hạn", "is 4 or 6 finite numbers")
    west, south, east, north = edges if len(edges) == 4 else (edges[0], edges[1], edges[3], edges[4])
    if axes.north_first:
        west, south, east, north = south, west, north, east
    if south > north or (axes.degrees and not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90)):
        raise wrong("bbox", "là tây, nam, đông, bắc", "is west, south, east, north in the range of its CRS, south below north")
    if west <= east:
        return [(west, south, east, north)]
    if not axes.degrees:
        raise wrong("bbox", "có tây lớn hơn đông", "has its west beyond its east")
    return [(west, south, 180.0, north), (-180.0, south, east, north)]


def _in_boxes(seen: Opened, text: str, axes: Axes, params: dict[str, Any]) -> sql.Composable:
    """Which features touch one of the boxes. All data lies within the city's extent, so a wider box is cut to it first."""
    west, south, east, north = axes.extent()
    clipped = [(max(box[0], west), max(box[1], south), min(box[2], east), min(box[3], north)) for box in _boxes(text, axes)]
    found = [box for box in clipped if box[0] <= box[2] and box[1] <= box[3]]
    params.update({f"box{index}": list(box) for index, box in enumerate(found)})
    touched = [_touches(seen, f"box{index}", axes) for index in range(len(found))]
    return sql.SQL("(") + sql.SQL(" or ").join(touched or [sql.SQL("false")]) + sql.SQL(")")


def _touches(seen: Opened, name: str, axes: Axes) -> sql.Composable:
    # The constant is transformed, not the column. A masked shape is asked for itself: its index would tell where the true one lies.
    corners = sql.SQL(", ").join(sql.SQL("({})[{}]").format(sql.Placeholder(name), sql.Literal(corner)) for corner in (1, 2, 3, 4))
    box = sql.SQL("public.st_transform(public.st_segmentize(public.st_makeenvelope({}, {}), {}), {})").format(
        corners, sql.Literal(axes.srid), sql.Literal(axes.edge), sql.Literal(CITY_SRID)
    )
    return sql.SQL("({shape} && {box} and public.st_intersects({shape}, {box}))").format(shape=seen.geometry, box=box)


def _interval(text: str) -> tuple[datetime | None, datetime | None]:
    """From and until (both inclusive), either open. An instant is both; a day is all of it."""
    parts = text.split("/")
    if len(parts) > 2:
        raise wrong("datetime", "là một thời điểm hoặc một khoảng", "is one instant or one interval")
    ends = [_instant(part) for part in parts]
    start, end = (ends[0], ends[0]) if len(parts) == 1 else (ends[0], ends[1])
    if len(parts) == 1 and start is None:
        raise wrong("datetime", "cần một thời điểm", "needs an instant")
    first, last = (start[0] if start else None), (end[1] if end else None)
    if first is not None and last is not None and first > last:
        raise wrong("datetime", "có đầu sau cuối", "ends before it begins")
    return first, last


def _instant(text: str) -> tuple[datetime, datetime] | None:
    """The first and last moment that a text means; None for an open end."""
    if text in ("", ".."):
        return None
    here = ZoneInfo(CITY.timezone)
    try:
        if len(text) == 10:
            day = date.fromisoformat(text)
            first = datetime(day.year, day.month, day.day, tzinfo=here)
            return first, first + timedelta(days=1) - timedelta(microseconds=1)
        if "T" not in text.upper():
            raise ValueError(text)
        moment = datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError) as error:
        raise wrong("datetime", "là ngày giờ theo RFC 3339", "is a date and time after RFC 3339") from error
    if moment.tzinfo is None:
        raise wrong("datetime", "cần múi giờ", "needs an offset")
    return moment, moment


def _at_time(seen: Opened, interval: tuple[datetime | None, datetime | None], params: dict[str, Any]) -> sql.Composable:
    """Rows valid at some moment of the interval. A layer without a time that the caller may see has every row at every moment."""
    columns = seen.layer.time if isinstance(seen.layer.time, tuple) else (seen.layer.time, seen.layer.time)
    found = [next((field_ for field_ in seen.fields if field_.source == name), None) for name in columns if name]
    moments = [moment(field_) for field_ in found if field_ is not None]
    if len(moments) != 2:
        return sql.SQL("true")
    begins, ends = moments
    params["first"], params["last"] = interval
    spans = isinstance(seen.layer.time, tuple)
    conditions = []
    if interval[1] is not None:
        conditions.append(sql.SQL("{} <= %(last)s").format(begins))
    if interval[0] is not None:
        # A span's end is exclusive, and open when there is none.
        conditions.append(sql.SQL("({0} is null or {0} > %(first)s)" if spans else "{0} >= %(first)s").format(ends))
    return sql.SQL("(") + sql.SQL(" and ").join(conditions or [sql.SQL("true")]) + sql.SQL(")")


def _equals(field_: Field, text: str, name: str, params: dict[str, Any]) -> sql.Composable:
    try:
        params[name] = _VALUES[field_.type](text)
    except (KeyError, ValueError, OverflowError) as error:
        raise wrong(field_.name, f"không phải {field_.type}", f"is not a value of type {field_.type}") from error
    return sql.SQL("{} = {}").format(column_of(field_), sql.Placeholder(name))


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) >= 2**63:
        raise ValueError(text)
    return number


def _decimal(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _moment_of(text: str) -> datetime:
    moment = datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


# Lists and JSON have no equality that a query string could say.
_VALUES: dict[str, Any] = {
    "text": lambda text: unicodedata.normalize("NFC", text),
    "int": _whole,
    "float": _decimal,
    "bool": lambda text: {"true": True, "false": False}[text.lower()],
    "date": date.fromisoformat,
    "datetime": _moment_of,
}
