"""Any vector file into a layer, new or standing: read in a confined child, staged, compared, and merged (layers.files.merging). A web worker never loads this.

What cannot come in is told with its number, reason and place and stays out; nothing is ever half written.
"""

import io
import secrets
import time
from datetime import datetime
from typing import Any

import pyarrow
import pyarrow.compute
import shapely
from django.db import DataError, IntegrityError, connection
from psycopg2 import sql

from geo.crs import CITY_SRID, accepted_box
from geo.errors import UNPROCESSABLE
from geo.faults import faults, fitted
from geo.models import User
from layers.access import SYSTEM, Scope
from layers.confined import proving
from layers.confined.child import TELL_EVERY_S, Tell
from layers.confined.feature_child import FeatureChild
from layers.files import staging
from layers.files.arrow import FEATURE_NO, SHAPE
from layers.files.fitting import BadValue, Column, Target, Wish, copied
from layers.files.formats import NOTHING, UNSUPPORTED
from layers.files.merging import FIDS_IN_EVENT as FIDS_IN_EVENT
from layers.files.merging import Report, Staged, importable, key_of, publish, rehearse
from layers.files.staging import LeftOut, Staging
from layers.layer import Layer
from layers.making import made

LARGEST_UNPACKED_BYTES = 4 * 2**30


def import_file(
    *, wish: Wish, by: User | None, because: str, at: datetime, dry_run: bool = False, scope: Scope = SYSTEM, tell: Tell = lambda *_: None
) -> Report:
    """Bring a file in and say what happened; with `dry_run` say what would happen. Raises the problems of layers.files.formats and its own."""
    staged = stage(name=f"command_{secrets.token_hex(6)}", wish=wish, scope=scope, at=at, tell=tell)
    try:
        if dry_run:
            return rehearse(staged=staged, by=by, because=because, scope=scope, at=at)
        # At the machine's own console the reason for the import is the reason for what the rules warn of.
        return publish(staged=staged, by=by, because=because, scope=scope, at=at, accepting=because)
    finally:
        staging.drop(staged.staging.name)


def stage(*, name: str, wish: Wish, scope: Scope, at: datetime, tell: Tell) -> Staged:
    """Read a file into a table of its own and compare it with the layer. Raises what the child, the fitting and the permission refuse."""
    made.refresh()
    standing = importable(wish.slug, scope)
    if not wish.path.is_file():
        raise UNSUPPORTED(f"Không có tệp {wish.name}.", f"There is no file {wish.name}.")
    proving.proved()
    with FeatureChild("layers.confined.reading", wish.path.resolve(), _job(wish, standing), tell) as child:
        told = child.told
        target = Target.standing(standing, wish, told, scope) if standing else Target.new(wish, told)
        key = key_of(target, wish)
        report = Report(told, target.slug, standing is None, target.matched(), target.unmatched, key)
        report.left = LeftOut(dict(told["left_out"]["counts"]), list(told["left_out"]["worst"]))
        table = staging.of(name, target, scope)
        staging.make(table, target)
        try:
            _fill(table, target, child, report, tell)
            tell("comparing", 0, 0)
            columns = [column.name for column in target.columns if column.field.name in key]
            staging.compare(table, target, key=columns, complete=wish.complete, scope=scope, at=at, left_out=report.left)
        except (DataError, IntegrityError) as error:
            staging.drop(name)
            raise UNPROCESSABLE("Có giá trị mà lớp không nhận.", f"A value does not fit the layer: {str(error).splitlines()[0]}") from error
        except BaseException:
            staging.drop(name)
            raise
    report.counts = staging.counts(table)
    report.complete_refused = wish.complete and bool(report.left)
    if not any(report.counts.values()):
        staging.drop(name)
        raise NOTHING("Không có đối tượng nào dùng được.", "None of the features can be used.", left_out={"counts": report.left_out, "worst": report.worst})
    return Staged(table, target, report)


def _job(wish: Wish, standing: type[Layer] | None) -> dict[str, Any]:
    return {
        "crs": wish.crs,
        "encoding": wish.encoding,
        "source_layer": wish.source_layer,
        "swap_xy": wish.swap_xy,
        "geometry_type": standing.geometry_type if standing else None,
        "mapping": wish.named,
        "box": list(accepted_box()),
        "most_bytes": LARGEST_UNPACKED_BYTES,
    }


def _fill(table: Staging, target: Target, child: FeatureChild, report: Report, tell: Tell) -> None:
    done, told_at = 0, 0.0
    for batch in child.batches():
        _fill_batch(table, target, batch, report.left)
        done += batch.num_rows
        if time.monotonic() - told_at >= TELL_EVERY_S:
            tell("checking", done, report.told["kept"])
            told_at = time.monotonic()


# One batch of the child's answer into the staging table.


def _fill_batch(table: Staging, target: Target, batch: pyarrow.RecordBatch, left_out: LeftOut) -> None:
    """One batch of the child's answer: every shape through the gateway's checks once more, every value as its column stores it."""
    names, rows = batch.schema.names, batch.num_rows
    numbers = batch.column(names.index(FEATURE_NO)).to_pylist()
    shapes = shapely.from_wkb(batch.column(names.index(SHAPE)).to_numpy(zero_copy_only=False), on_invalid="ignore")
    fault = faults(shapes, geometry_type=target.geometry_type, box=accepted_box())
    bad: dict[int, tuple[str, str]] = {index: (str(code), str(code)) for index, code in enumerate(fault) if code}
    columns: list[list[str]] = []
    for column in target.columns:
        given = batch.column(names.index(column.source)) if column.source is not None else None
        written, refused = _texts(column, given, rows)
        columns.append(written)
        for index, reason in refused.items():
            bad.setdefault(index, ("bad_value", reason))
    good = fault == ""
    hexes = [""] * rows
    for index, text in zip(good.nonzero()[0], _hex(shapes[good], target), strict=True):
        hexes[index] = text
    for index, (code, reason) in sorted(bad.items()):
        left_out.add(numbers[index], code, reason)
    lines = ["\t".join(line) for index, line in enumerate(zip(map(str, numbers), *columns, hexes, strict=True)) if index not in bad]
    copy = sql.SQL("copy {} (_no, {}) from stdin").format(table.table, sql.SQL(", ").join(map(sql.Identifier, (*table.columns, table.geometry))))
    with connection.cursor() as cursor:
        cursor.copy_expert(copy.as_string(connection.connection), io.StringIO("\n".join(lines) + "\n" if lines else ""))


def _hex(shapes: Any, target: Target) -> Any:
    fit = fitted(shapes, target.geometry_type) if target.layer is not None or target.geometry_type.startswith("Multi") else shapes
    return shapely.to_wkb(shapely.set_srid(fit, CITY_SRID), hex=True, include_srid=True)


def _texts(column: Column, given: pyarrow.Array | None, rows: int) -> tuple[list[str], dict[int, str]]:
    """One column of a batch as COPY text, and for each row that has no such value the reason."""
    kind = column.field.type
    if given is None:
        return [copied(column.default, kind)] * rows, {}
    if _as_it_is(column, given):
        plain = pyarrow.compute.cast(given, pyarrow.string()).to_pylist()
        empty = copied(column.default, kind)
        lacking = {} if column.nullable or column.default is not None else {i: f"{column.field.name} is missing" for i, one in enumerate(plain) if one is None}
        return [empty if one is None else one for one in plain], lacking
    found, bad = [], {}
    for index, value in enumerate(given.to_pylist()):
        try:
            found.append(copied(column.take(value), kind))
        except BadValue as error:
            found.append("\\N")
            bad[index] = str(error)
    return found, bad


def _as_it_is(column: Column, given: pyarrow.Array) -> bool:
    """Whether the values need no more than to be written: whole numbers and truths for fields of just that."""
    return not column.field.choices and (
        (column.field.type == "int" and pyarrow.types.is_integer(given.type)) or (column.field.type == "bool" and pyarrow.types.is_boolean(given.type))
    )
