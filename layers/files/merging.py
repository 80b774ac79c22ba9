"""What was staged from a file goes into its layer: rehearsed or published in one transaction, checked again against what has changed since.

It refuses a layer whose rows only the city's own verbs may write, and what the layer's rules refuse.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import shapely
from django.db import DataError, IntegrityError, connection

from geo import events
from geo.acting import acting
from geo.errors import BAD_REQUEST, CONFLICT, FORBIDDEN, UNPROCESSABLE, define
from geo.models import User
from layers import access, rules
from layers.access import Scope
from layers.changing import editing
from layers.confined.child import Tell
from layers.files import staging
from layers.files.fitting import Target, Wish
from layers.files.staging import LeftOut, Merged, Staging
from layers.layer import Layer, registry
from layers.making import made
from layers.rules import Issue

# Whoever shows the layer fetches it afresh when more has changed than this.
FIDS_IN_EVENT = 1_001
ISSUES_TOLD = 200
CHECKED_AT_ONCE = 1_000

NOT_IMPORTABLE = define("layer_not_importable", 422, "Lớp này không nhận tệp", "This layer does not take files")


@dataclass
class Report:
    """What came, what went in, what stayed out and why, and what the rules say of it."""

    told: dict[str, Any]
    slug: str
    new: bool
    matched: dict[str, str]
    unmatched: list[str]
    key: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)
    left: LeftOut = field(default_factory=LeftOut)
    written: int = 0
    fids: list[int] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)
    # severity:rule → how many
    issue_counts: dict[str, int] = field(default_factory=dict)
    complete_refused: bool = False

    @property
    def left_out(self) -> dict[str, int]:
        return self.left.counts

    @property
    def worst(self) -> list[dict[str, Any]]:
        return self.left.worst


@dataclass(frozen=True)
class Staged:
    """A file that has been read and compared, and waits to be merged."""

    staging: Staging
    target: Target
    report: Report


class _OnlyLooking(Exception):
    """Undoes the transaction of a dry run: it goes the whole way and then back."""


def importable(slug: str | None, scope: Scope) -> type[Layer] | None:
    """The standing layer of that slug, that takes files of this caller; None for one that would be made. Raises NOT_IMPORTABLE or FORBIDDEN."""
    layer = registry.sought(slug) if slug else None
    if layer is None:
        made.check_right(scope, slug=None)
        return None
    if layer.edit is None or (layer.model is not None and layer.relation):
        raise NOT_IMPORTABLE(f"Lớp {layer.slug} chỉ thay đổi bằng nghiệp vụ riêng.", f"Rows of {layer.slug} come from the city's own verbs, not from files.")
    if not access.may(layer, "import", scope):
        raise FORBIDDEN(f"Không được nhập tệp vào lớp {layer.slug}.", f"You may not bring files into {layer.slug}.")
    return layer


def key_of(target: Target, wish: Wish) -> tuple[str, ...]:
    """The fields that rows are matched by: those that were named, else those that the layer holds unique, else none. Raises BAD_REQUEST."""
    filled = {column.field.name: column.name for column in target.columns if column.source is not None or column.default is not None or column.by_place}
    if wish.key is not None:
        if unknown := [name for name in wish.key if name not in filled]:
            raise BAD_REQUEST(f"Tệp không có trường {', '.join(unknown)}.", f"The file does not fill {', '.join(unknown)}.", field="key")
        return wish.key
    if target.layer is None:
        return ()
    names = {source: name for name, source in filled.items()}
    return next((tuple(names[one] for one in unique) for unique in unique_columns(target.layer) if set(unique) <= set(names)), ())


def unique_columns(layer: type[Layer]) -> list[tuple[str, ...]]:
    """What the layer's table holds unique, besides its fid."""
    if layer.model is None:
        return []
    meta = layer.model._meta
    columns = {column.name: column.column for column in meta.concrete_fields}
    single = [(column.column,) for column in meta.concrete_fields if column.unique and not column.primary_key]
    together = [tuple(columns[name] for name in one.fields) for one in meta.total_unique_constraints]
    return [*single, *together]


# Merging


def rehearse(*, staged: Staged, by: User | None, because: str, scope: Scope, at: datetime, tell: Tell = lambda *_: None) -> Report:
    """Go the whole way and then back: the report has what the database and the rules would say. Raises CONFLICT and UNPROCESSABLE."""
    try:
        with _writing(by, because, "", None):
            merged = _merge(staged, scope, at, lambda _step, done, total: tell("rehearsing", done, total))
            tell("rules", 0, 0)
            staged.report.issues = _judged(staged, merged, scope, at)
            raise _OnlyLooking
    except _OnlyLooking:
        staged.report.written = len(merged.created) + len(merged.changed)
    return staged.report


def publish(
    *,
    staged: Staged,
    by: User | None,
    because: str,
    scope: Scope,
    at: datetime,
    document: str = "",
    change_set: int | None = None,
    accepted: Mapping[str, str] | None = None,
    accepting: str = "",
    tell: Tell = lambda *_: None,
) -> Report:
    """Merge what was staged into its layer, checked against what has changed since. Raises STALE, CONFLICT, RULES_BROKEN and REASON_NEEDED.

    accepted: a written reason for each warning by its key. accepting: one reason for all of them.
    """
    report = staged.report
    with _writing(by, because, document, change_set):
        staging.check_clashes(staged.staging)
        merged = _merge(staged, scope, at, tell)
        tell("rules", 0, 0)
        report.issues = _judged(staged, merged, scope, at)
        editing.judge(report.issues, {issue.key: accepting for issue in report.issues} if accepting else accepted or {})
        report.fids = [*merged.created, *merged.changed]
        report.written = len(report.fids)
        data = {"written": report.written, "deleted": len(merged.gone), "left_out": report.left_out}
        data |= {name: report.told[name] for name in ("read", "crs", "encoding") if name in report.told}
        events.publish(kind="layer.imported", layer=report.slug, at=at, fids=[*report.fids, *merged.gone][:FIDS_IN_EVENT], data=data)
    return report


@contextmanager
def _writing(by: User | None, because: str, document: str, change_set: int | None) -> Iterator[None]:
    """The transaction of an import, and the database's refusals as problems."""
    try:
        with acting(by=by, because=because, document=document, change_set=change_set, imported=True):
            yield
    except IntegrityError as error:
        raise CONFLICT("Trùng với dữ liệu đã có.", f"It collides with what is there: {str(error).splitlines()[0]}") from error
    except DataError as error:
        raise UNPROCESSABLE("Có giá trị mà lớp không nhận.", f"A value does not fit the layer: {str(error).splitlines()[0]}") from error


def _merge(staged: Staged, scope: Scope, at: datetime, tell: Tell) -> Merged:
    layer = staged.target.made(at, scope)
    merged = staging.merge(staged.staging, layer, tell)
    _check_rows(layer, merged, scope)
    return merged


def _check_rows(layer: type[Layer], merged: Merged, scope: Scope) -> None:
    """The layer's own rule holds of every row after the change as well. Raises FORBIDDEN."""
    rule = access.changeable_rows(layer, scope)
    fids = [*merged.created, *merged.changed]
    if rule is None or not fids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"select count(*) from {layer.base_tables()[0]} t where t.{layer.fid} = any(%(fids)s) and not coalesce(({rule}), false)",
            {**scope.parameters(), "fids": fids},
        )
        foreign = cursor.fetchone()[0]
    if foreign:
        raise FORBIDDEN(f"{foreign:,} đối tượng thuộc đơn vị khác.", f"{foreign:,} features would be looked after by somebody else.")


def _judged(staged: Staged, merged: Merged, scope: Scope, at: datetime) -> list[Issue]:
    """What the layer's rules say of all that was touched, errors first; of each rule no more than can be told, and one for all its warnings."""
    slug, fids = staged.report.slug, [*merged.created, *merged.changed]
    if registry.get(slug) is None:
        # Made in this very transaction: it has no rules yet.
        return []
    if len(fids) + len(merged.gone) <= CHECKED_AT_ONCE:
        found: Iterable[Issue] = rules.check(touched={slug: fids}, left={slug: list(shapely.from_wkb(merged.left))}, scope=scope, at=at)
    else:
        # Too many for one statement: by neighbourhood, a chunk at a time.
        found = rules.everywhere(slug=slug, scope=scope, at=at, fids=fids)
    kept: dict[tuple[str, str], list[Issue]] = {}
    counted: Counter[tuple[str, str]] = Counter()
    for issue in found:
        kind = (issue.severity, issue.rule)
        counted[kind] += 1
        if counted[kind] <= ISSUES_TOLD:
            kept.setdefault(kind, []).append(issue)
    staged.report.issue_counts = {f"{severity}:{rule}": count for (severity, rule), count in counted.items()}
    errors = [issue for (severity, _), issues in kept.items() if severity == "error" for issue in issues]
    warnings = [_summed(issues, counted[kind]) for kind, issues in kept.items() if kind[0] == "warning"]
    return [*errors, *warnings]


def _summed(issues: list[Issue], count: int) -> Issue:
    """All warnings of one rule as one: a file of thousands is answered for as a whole, with one reason a rule."""
    first = issues[0]
    if count == 1:
        return first
    fids = tuple(fid for issue in issues for fid in issue.fids)[:ISSUES_TOLD]
    return replace(first, key=f"file:{first.rule}", vi=f"{count:,} × {first.vi}", en=f"{count:,} × {first.en}", fids=fids, fixes=())


def told(report: Report) -> dict[str, Any]:
    """The report as it leaves over HTTP."""
    header = report.told
    problems: Sequence[dict[str, Any]] = report.worst
    if report.complete_refused:
        problems = [{"feature": 0, "code": "not_complete", "reason": "nothing is taken away: some rows of the file stay out", "lonlat": None}, *problems]
    return {
        "counts": {**report.counts, "left_out": len(report.left)},
        "left_out": report.left_out,
        "problems": list(problems),
        "issues": [rules.as_json(issue) for issue in report.issues],
        "issue_counts": report.issue_counts,
        "crs": header["crs"]["epsg"],
        "crs_name": header["crs"]["name"],
        "crs_how": header["crs"]["how"],
        "swapped": header["crs"]["swapped"],
        "z_dropped": header["crs"]["z_dropped"],
        "encoding": header["encoding"]["name"],
        "encoding_how": header["encoding"]["how"],
        "driver": header["driver"],
        "source_layer": header["source_layer"],
        "source_layers": header["source_layers"],
        "read": header["read"],
        "bounds": header["bounds"],
        "area_m2": header["area_m2"],
        "length_m": header["length_m"],
        "matched": report.matched,
        "unmatched": report.unmatched,
        "key": list(report.key),
        "new_layer": report.new,
    }
