"""Looks whether the rules hold: around what a transaction has touched, over a whole layer or a list of features, in a box.

One statement a rule, over as many features as there are. Only the touched features and what the index finds near them are read.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import shapely
from django.db import OperationalError, connection, transaction
from psycopg2 import errorcodes, sql
from shapely.geometry.base import BaseGeometry

from geo.errors import define
from layers import query
from layers.access import SYSTEM, Opened, Scope, opened
from layers.layer import Layer, Rule, registry
from layers.rules import ends, gaps, pairs, single
from layers.rules.asking import Asked
from layers.rules.declared import AllowedValues, Apart, AreaTolerance, Connected, Inside, MinimumSize, NoGaps, NoOverlap, UniqueKey
from layers.rules.issues import Issue, in_order

# A hostile shape must not hold the writers of a layer up; the largest honest change is checked in a tenth of it.
LONGEST_S = 20
# Features looked at by one statement of a whole layer: in the order of place, so that neighbours are looked at together.
CHUNK = 2_000
# Nobody reads more, and an error among them refuses the change all the same.
MOST_TOLD = 1_000
# How far a rule looks around what has changed, at most; and the cells that deleted ground is gathered by.
AROUND_PIECE_M = 100.0
REST_CELL_M = 500.0
MOST_IN_BOX = query.MAX_LIMIT

TOO_LARGE_TO_CHECK = define("too_large_to_check", 422, "Thay đổi quá lớn để kiểm tra", "The change is too large to be checked")

LOOKS: dict[type[Rule], Callable[[Asked, Any], Iterator[Issue]]] = {
    NoOverlap: pairs.overlaps,
    NoGaps: gaps.gaps,
    Connected: ends.dangling,
    AreaTolerance: single.off_its_legal_area,
    Apart: pairs.too_near,
    UniqueKey: pairs.used_twice,
    Inside: single.outside,
    MinimumSize: single.too_small,
    AllowedValues: single.not_allowed,
}


def check(*, touched: Mapping[str, Collection[int]], left: Mapping[str, Collection[BaseGeometry]], scope: Scope, at: datetime) -> list[Issue]:
    """What does not hold now around the features that a transaction has touched, errors first; what was there before and is no worse is not told.

    touched: slug → fids that stand after the change. left: slug → the shapes (city metres) that changed or deleted features had before.
    Raises TOO_LARGE_TO_CHECK.
    """
    found: list[Issue] = []
    with _patiently():
        for slug in sorted({*touched, *left}):
            layer = registry.get(slug)
            if layer is not None:
                for asked in _pieces(Asked(layer, tuple(sorted(set(touched.get(slug, ())))), tuple(left.get(slug, ())), scope, at)):
                    found += _looked(asked)
                    found += _dependents(asked)
                    if len(found) >= MOST_TOLD:
                        return in_order(found)
    return in_order(found)


def everywhere(*, slug: str, scope: Scope, at: datetime, fids: Collection[int] | None = None, chunk: int = CHUNK) -> Iterator[Issue]:
    """Every standing issue of a layer, or of the features that are named, a chunk at a time; nothing is compared with before."""
    layer = registry.known(slug)
    if not layer.rules:
        return
    told: set[tuple[str, tuple[int, ...]]] = set()
    placed = _by_place(layer, fids)
    for start in range(0, len(placed), chunk):
        for issue in in_order(_looked(Asked(layer, placed[start : start + chunk], (), scope, at, fresh=False, whole=fids is None))):
            if (issue.key, issue.fids) not in told:
                told.add((issue.key, issue.fids))
                yield issue


def standing(seen: Opened, *, box: query.Box, at: datetime) -> tuple[list[Issue], bool]:
    """The issues of the features in a lon/lat box that the caller may see, and whether there were too many features to look at them all.

    Raises TOO_LARGE_TO_CHECK.
    """
    fids = tuple(row["id"] for row in query.features(seen, box=box, limit=MOST_IN_BOX))
    with transaction.atomic(), _patiently():
        found = _looked(Asked(seen.layer, fids, (), seen.scope, at, fresh=False))
    return in_order(found), len(fids) == MOST_IN_BOX


def _pieces(asked: Asked) -> Iterator[Asked]:
    """A change as it is, or a large one (an import) in pieces by place, each with the old shapes that lie around it."""
    if len(asked.fids) + len(asked.left) <= CHUNK or not asked.layer.rules:
        yield asked
        return
    near, met = shapely.STRtree(asked.left), set()
    placed = _by_place(asked.layer, asked.fids)
    for start in range(0, len(placed), CHUNK):
        piece = placed[start : start + CHUNK]
        around = _around(asked.layer, piece)
        close = sorted(int(index) for index in near.query(around))
        met.update(close)
        yield replace(asked, fids=piece, left=tuple(asked.left[index] for index in close), piece_of=asked.fids, around=around)
    # What lay where nothing is touched now: deleted ground, by place.
    rest = sorted((shape for index, shape in enumerate(asked.left) if index not in met), key=lambda shape: [edge // REST_CELL_M for edge in shape.bounds])
    for start in range(0, len(rest), CHUNK):
        yield replace(
            asked, fids=(), left=tuple(rest[start : start + CHUNK]), piece_of=asked.fids, around=shapely.box(*shapely.total_bounds(rest[start : start + CHUNK]))
        )


def _around(layer: type[Layer], fids: tuple[int, ...]) -> BaseGeometry:
    """The box of these features and what may lie against them, in city metres."""
    seen = opened(layer, SYSTEM)
    command = sql.SQL("select public.st_asbinary(public.st_expand(public.st_extent({})::public.geometry, %(reach)s)) from {} t where {} = any(%(fids)s)")
    with connection.cursor() as cursor:
        cursor.execute(command.format(seen.indexed, seen.relation, seen.fid), {"reach": AROUND_PIECE_M, "fids": list(fids)})
        return shapely.from_wkb(bytes(cursor.fetchone()[0]))


def _looked(asked: Asked) -> list[Issue]:
    return [issue for rule in asked.layer.rules for issue in LOOKS[type(rule)](asked, rule)]


def _dependents(asked: Asked) -> list[Issue]:
    """What of other layers no longer lies inside where this one has changed."""
    within = [(layer, rule) for layer in registry.all() for rule in layer.rules if isinstance(rule, Inside) and rule.layer == asked.layer.slug]
    return [issue for layer, rule in within for issue in single.uncovered(asked, layer, rule)]


def _by_place(layer: type[Layer], fids: Collection[int] | None) -> tuple[int, ...]:
    """The fids in the order of place: PostGIS sorts shapes along a Hilbert curve."""
    seen = opened(layer, SYSTEM)
    wanted = sql.SQL("true") if fids is None else sql.SQL("{} = any(%(fids)s::bigint[])").format(seen.fid)
    command = sql.SQL("select {} from {} t where {} order by {}, {}").format(seen.fid, seen.relation, wanted, seen.indexed, seen.fid)
    with connection.cursor() as cursor:
        cursor.execute(command, {"fids": list(fids or ())})
        return tuple(fid for (fid,) in cursor.fetchall())


@contextmanager
def _patiently() -> Iterator[None]:
    """Bound what is looked for in time; outside, the caller's own bound holds again."""
    with connection.cursor() as cursor:
        cursor.execute("select current_setting('statement_timeout')")
        usual = cursor.fetchone()[0]
        cursor.execute("select set_config('statement_timeout', %s, true)", [f"{LONGEST_S}s"])
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != errorcodes.QUERY_CANCELED:
            raise
        raise TOO_LARGE_TO_CHECK(f"Kiểm tra quá {LONGEST_S} giây.", f"Looking at it took more than {LONGEST_S} seconds.") from error
    with connection.cursor() as cursor:
        cursor.execute("select set_config('statement_timeout', %s, true)", [usual])
