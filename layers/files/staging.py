"""An import between file and layer: a table of its own in the schema `staging`, compared with the layer row by row, merged in one transaction.

Nothing of it is seen by any reader of the layer. It leaves out rows whose key stands twice, rows outside the importer's wards and rows
without a ward; it refuses a merge into rows that somebody else has changed since in the same fields.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone
from psycopg2 import sql

from geo.crs import CITY_SRID, WGS84, transformer
from geo.errors import STALE
from geo.sql import statement
from layers import access
from layers.access import Scope
from layers.changing.places import BOUNDARY_SLACK_M
from layers.confined.child import Tell
from layers.context import WARD_KINDS
from layers.files.fitting import VALID_FROM, Target
from layers.layer import Layer
from layers.making.declaring import COLUMN_TYPES
from layers.query import Box

SCHEMA = "staging"
TOLERANCE_M = 0.01
LONG_VERTICES = 2_000
CLASHES_TOLD = 50
ANALYSED_FROM = 1_000
# Rows that one statement adds: between two of them it is told how far it is.
WRITTEN_AT_ONCE = 25_000
CHANGES = ("new", "changed", "gone", "unchanged")
TOLD = 200


@dataclass
class LeftOut:
    """What stays out: counts by code, and the first with number, reason and place."""

    counts: dict[str, int] = field(default_factory=dict)
    worst: list[dict[str, Any]] = field(default_factory=list)

    def add(self, feature: int, code: str, reason: str, lonlat: list[float] | None = None) -> None:
        self.counts[code] = self.counts.get(code, 0) + 1
        if len(self.worst) < TOLD:
            self.worst.append({"feature": feature, "code": code, "reason": reason, "lonlat": lonlat})

    def __len__(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Staging:
    """One import's table: its name, what fills it, and where its rows would go."""

    name: str
    columns: tuple[str, ...]
    # Columns that standing rows may be given by this importer; the others are for new rows alone.
    writable: tuple[str, ...]
    layer: type[Layer] | None
    geometry: str = "geom"

    @property
    def table(self) -> sql.Composable:
        return sql.Identifier(SCHEMA, self.name)

    def parts(self) -> dict[str, sql.Composable]:
        """What composed statements name."""
        if self.layer is None:
            return {"staging": self.table, "geometry": sql.Identifier(self.geometry)}
        return {
            "staging": self.table,
            "table": sql.Identifier(*self.layer.base_tables()[0].split(".")),
            "fid": sql.Identifier(self.layer.fid),
            "geometry": sql.Identifier(self.layer.geometry),
            "geometry_name": sql.Literal(self.layer.geometry),
        }


def run(command: sql.Composable, given: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(command.as_string(connection.connection) if given is None else command, given)
        return cursor.fetchall() if cursor.description else []


def of(name: str, target: Target, scope: Scope) -> Staging:
    """The staging table of that name for a target; not made yet."""
    layer = target.layer
    columns = tuple(column.name for column in target.columns)
    if layer is None:
        return Staging(name, columns, columns, None)
    writable = tuple(column.name for column in target.columns if column.source is not None and _writable(layer, column.name, scope))
    return Staging(name, columns, writable, layer, layer.geometry)


def _writable(layer: type[Layer], column: str, scope: Scope) -> bool:
    declared = next((one for one in layer.fields if one.source == column), None)
    return declared is not None and access.may_write(declared, scope)


def make(staging: Staging, target: Target) -> None:
    """The empty table, with the types that the layer has or will have."""
    drop(staging.name)
    if staging.layer is None:
        typed = [sql.SQL(", {} {}").format(sql.Identifier(one.name), sql.SQL(COLUMN_TYPES[one.field.type])) for one in target.columns]
        kind = sql.SQL(", {} public.geometry(Geometry, {})").format(sql.Identifier(staging.geometry), sql.Literal(CITY_SRID))
        run(sql.SQL("create table {} (_no bigint{}{})").format(staging.table, sql.SQL("").join(typed), kind))
    else:
        names = sql.SQL(", ").join(sql.Identifier(name) for name in (*staging.columns, staging.geometry))
        parts = staging.parts()
        run(sql.SQL("create table {} as select 0::bigint as _no, {} from {} where false").format(staging.table, names, parts["table"]))
    run(
        sql.SQL(
            "alter table {} add column _fid bigint, add column _version integer, add column _change text not null default 'new',"
            " add column _differs text[], add column _was jsonb, add column _geom_was public.geometry"
        ).format(staging.table)
    )


def drop(name: str) -> None:
    run(sql.SQL("drop table if exists {}").format(sql.Identifier(SCHEMA, name)))


def exists(name: str) -> bool:
    return bool(run(sql.SQL("select to_regclass({}) is not null").format(sql.Literal(f'{SCHEMA}."{name}"')))[0][0])


def standing() -> list[str]:
    """The names of all tables of the schema."""
    return [
        str(row[0])
        for row in run(
            sql.SQL("select c.relname from pg_catalog.pg_class c where c.relnamespace = {}::regnamespace and c.relkind = 'r'").format(sql.Literal(SCHEMA))
        )
    ]


# Comparing


def compare(staging: Staging, target: Target, *, key: Sequence[str], complete: bool, scope: Scope, at: datetime, left_out: LeftOut) -> None:
    """Fill in wards, match by key, and say of each row whether it is new, changed, gone or unchanged."""
    run(sql.SQL("create index on {} (_no)").format(staging.table))
    if staging.layer is not None:
        _find_wards(staging, target, at, left_out)
        if key:
            _match(staging, key, left_out)
        _leave_out_foreign(staging, scope, at, left_out)
        run(sql.SQL("create index on {} (_fid)").format(staging.table))
        run(sql.SQL("analyze {}").format(staging.table))
        _compare(staging)
        if complete and key and not left_out:
            _find_gone(staging, scope, at)
    run(sql.SQL("create index on {} using gist ({})").format(staging.table, sql.Identifier(staging.geometry)))
    run(sql.SQL("analyze {}").format(staging.table))


def _find_wards(staging: Staging, target: Target, at: datetime, left_out: LeftOut) -> None:
    by_place = [column.name for column in target.columns if column.by_place]
    if not by_place or staging.layer is None or staging.layer.ward_column not in by_place:
        return
    code = sql.Identifier(str(staging.layer.ward_column))
    since = sql.Identifier(VALID_FROM if VALID_FROM in staging.columns else str(staging.layer.ward_column))
    run(
        sql.SQL(statement("layers", "import_ward")).format(**staging.parts(), code=code, valid_from=since),
        {"kinds": list(WARD_KINDS), "day": timezone.localdate(at)},
    )
    for (number,) in run(sql.SQL("delete from {} where {} is null returning _no").format(staging.table, code)):
        left_out.add(number, "no_ward", "no ward holds its middle")


def _match(staging: Staging, key: Sequence[str], left_out: LeftOut) -> None:
    """Give each row the standing row of the same key. A key that stands twice, here or there, matches nothing and stays out."""
    parts, names = staging.parts(), [sql.Identifier(name) for name in key]
    joined = sql.SQL(", ").join(names)
    same = sql.SQL(" and ").join(sql.SQL("t.{0} = s.{0}").format(name) for name in names)
    twice = sql.SQL("select {0} from {1} group by {0} having count(*) > 1")
    here = sql.SQL("delete from {} s using ({}) t where {} returning s._no")
    for table, code, reason in (
        (staging.table, "duplicate_key", "its key stands twice in the file"),
        (parts["table"], "ambiguous_key", "its key stands twice in the layer"),
    ):
        found = run(here.format(staging.table, twice.format(joined, table), same))
        for (number,) in sorted(found):
            left_out.add(number, code, reason)
    run(sql.SQL("update {} s set _fid = t.{}, _version = t.version from {} t where {}").format(staging.table, parts["fid"], parts["table"], same))


def _leave_out_foreign(staging: Staging, scope: Scope, at: datetime, left_out: LeftOut) -> None:
    """Who is bounded to wards, or to the rows of the own agency, brings and changes no others."""
    if scope.wards:
        given = {"wards": list(scope.wards), "day": timezone.localdate(at), "slack_m": BOUNDARY_SLACK_M}
        for (number,) in sorted(run(sql.SQL(statement("layers", "import_outside")).format(**staging.parts()), given)):
            left_out.add(number, "outside_wards", "outside the wards that you may edit")
    rule = access.changeable_rows(staging.layer, scope) if staging.layer is not None else None
    if rule:
        foreign = sql.SQL("delete from {staging} s using {table} t where t.{fid} = s._fid and not coalesce(({rule}), false) returning s._no")
        for (number,) in sorted(run(foreign.format(**staging.parts(), rule=sql.SQL(rule)), scope.parameters())):
            left_out.add(number, "not_your_row", "looked after by somebody else")


def _compare(staging: Staging) -> None:
    each = [sql.SQL("case when t.{0} is distinct from s.{0} then {1} end").format(sql.Identifier(name), sql.Literal(name)) for name in staging.writable]
    was = [sql.SQL("{}, t.{}").format(sql.Literal(name), sql.Identifier(name)) for name in staging.writable]
    command = sql.SQL(statement("layers", "import_compare")).format(
        **staging.parts(),
        differs=sql.SQL("array[{}]::text[]").format(sql.SQL(", ").join(each)),
        was=sql.SQL("jsonb_build_object({})").format(sql.SQL(", ").join(was)),
    )
    run(command, {"tolerance_m": TOLERANCE_M, "long": LONG_VERTICES})


def _find_gone(staging: Staging, scope: Scope, at: datetime) -> None:
    """Standing rows that the file lacks, of those that the importer may take away."""
    rule = access.changeable_rows(staging.layer, scope) if staging.layer is not None else None
    names = sql.SQL(", ").join(map(sql.Identifier, staging.columns))
    command = sql.SQL(
        "insert into {staging} (_fid, _version, _change, {geometry}, {names}) select t.{fid}, t.version, 'gone', t.{geometry}, {theirs} from {table} t"
        " where not exists (select 1 from {staging} s where s._fid = t.{fid}) and ({rule})"
    )
    theirs = sql.SQL(", ").join(sql.SQL("t.") + sql.Identifier(name) for name in staging.columns)
    run(command.format(**staging.parts(), names=names, theirs=theirs, rule=sql.SQL(rule or "true")), scope.parameters())
    if scope.wards:
        given = {"wards": list(scope.wards), "day": timezone.localdate(at), "slack_m": BOUNDARY_SLACK_M}
        run(sql.SQL(statement("layers", "import_outside")).format(**staging.parts()), given)


def counts(staging: Staging) -> dict[str, int]:
    found = dict(run(sql.SQL("select _change, count(*) from {} group by 1").format(staging.table)))
    return {change: int(found.get(change, 0)) for change in CHANGES}


def differences(staging: Staging, *, box: Box | None, changes: Sequence[str], limit: int, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Rows by their number in the file, in a box of degrees when one is given: the map of what would change."""
    pairs = [sql.SQL("{}, s.{}").format(sql.Literal(name), sql.Identifier(name)) for name in columns]
    command = sql.SQL(statement("layers", "import_differences")).format(**staging.parts(), pairs=sql.SQL(", ").join(pairs), srid=sql.Literal(CITY_SRID))
    given = {"changes": list(changes), "limit": limit, "box": None if box is None else list(transformer(WGS84, CITY_SRID).transform_bounds(*box))}
    names = ("number", "fid", "change", "differs", "was", "columns", "geometry")
    # Django leaves JSON to its fields: here it comes as text.
    return [dict(zip(names, (*row[:4], *(None if part is None else json.loads(part) for part in row[4:])), strict=True)) for row in run(command, given)]


# Merging, in the transaction of `acting`


@dataclass(frozen=True)
class Merged:
    """What a merge wrote: fids that stand, fids that are gone, and the shapes that were before."""

    created: list[int]
    changed: list[int]
    gone: list[int]
    left: list[Any]


def check_clashes(staging: Staging) -> None:
    """Hold the rows that would change. Raises STALE with those that somebody else has changed since, in the same fields."""
    if staging.layer is None:
        return
    parts = staging.parts()
    run(
        sql.SQL("select 1 from {table} t join {staging} s on s._fid = t.{fid} where s._change in ('changed', 'gone') order by t.{fid} for update of t").format(
            **parts
        )
    )
    each = [
        sql.SQL(
            "case when {1} = any(s._differs) and to_jsonb(t.{0}) is distinct from nullif(s._was -> {1}, 'null'::jsonb) and t.{0} is distinct from s.{0} then {1} end"
        ).format(sql.Identifier(name), sql.Literal(name))
        for name in staging.writable
    ]
    command = sql.SQL(statement("layers", "import_clashes")).format(**parts, clashes=sql.SQL("array[{}]::text[]").format(sql.SQL(", ").join(each)))
    clashes = [{"fid": fid, "fields": fields} for fid, fields in run(command) if fields]
    if clashes:
        raise STALE(
            f"{len(clashes):,} đối tượng đã được người khác sửa từ khi so sánh: nhập lại tệp.",
            f"{len(clashes):,} features have been changed by somebody else since they were compared: bring the file in again.",
            clashes=clashes[:CLASHES_TOLD],
            count=len(clashes),
        )


def merge(staging: Staging, layer: type[Layer], tell: Tell = lambda *_: None) -> Merged:
    """Take away what is gone, change what has changed in the fields that differ, and add what is new. The caller has checked for clashes."""
    parts = {**staging.parts(), "table": sql.Identifier(*layer.base_tables()[0].split(".")), "fid": sql.Identifier(layer.fid)}
    left = [
        bytes(row[0])
        for row in run(
            sql.SQL("select public.st_asbinary(coalesce(_geom_was, {geometry})) from {staging} where _change in ('changed', 'gone')").format(**parts)
        )
    ]
    gone, changed = [], []
    if staging.layer is not None:
        gone = _fids(run(sql.SQL("delete from {table} t using {staging} s where s._change = 'gone' and t.{fid} = s._fid returning t.{fid}").format(**parts)))
        sets = [
            sql.SQL("{0} = case when {1} = any(s._differs) then s.{0} else t.{0} end").format(sql.Identifier(name), sql.Literal(name))
            for name in (*staging.writable, staging.geometry)
        ]
        update = sql.SQL(
            "update {table} t set version = t.version + 1, {sets} from {staging} s where s._change = 'changed' and t.{fid} = s._fid returning t.{fid}"
        )
        changed = _fids(run(update.format(**parts, sets=sql.SQL(", ").join(sets))))
    names = sql.SQL(", ").join(map(sql.Identifier, (*staging.columns, staging.geometry)))
    insert = sql.SQL(
        "insert into {table} ({names}) select {names} from {staging} where _change = 'new' and _no >= %(first)s and _no < %(beyond)s order by _no returning {fid}"
    )
    created: list[int] = []
    least, most = run(sql.SQL("select coalesce(min(_no), 0), coalesce(max(_no), -1) from {staging} where _change = 'new'").format(**parts))[0]
    for first in range(least, most + 1, WRITTEN_AT_ONCE):
        tell("writing", first - least, most + 1 - least)
        created += _fids(run(insert.format(**parts, names=names), {"first": first, "beyond": first + WRITTEN_AT_ONCE}))
    if len(created) + len(changed) > ANALYSED_FROM:
        # The rules are asked in this transaction: without figures of what it holds now they would be looked for row by row.
        run(sql.SQL("analyze {table}").format(**parts))
    return Merged(created, changed, gone, left)


def _fids(rows: Iterable[tuple[Any, ...]]) -> list[int]:
    return [int(row[0]) for row in rows]
