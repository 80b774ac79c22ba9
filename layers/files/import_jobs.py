"""Files that people bring in by the page: taken up under a random name, read and merged by the queue, asked about, cancelled, swept away.

A job never leaves half: its rows stand in a table of their own until one transaction merges them, and the same transaction says that it is
done. A job whose process has died is failed and says so. Nobody sees another person's job; a third file of one person waits outside.
"""

import logging
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django_tasks import task

from geo.errors import BAD_REQUEST, CONFLICT, NOT_FOUND, TOO_MANY, Problem, define
from geo.models import User
from layers import query
from layers.access import Scope, opened, scope_of
from layers.changing import changesets, editing
from layers.files import merging, staging
from layers.files.fitting import Target, Wish, new_slug
from layers.files.formats import AXES
from layers.files.merging import Report, Staged
from layers.layer import registry
from layers.making import made
from layers.models import ChangeSet, ImportJob
from layers.rules import Issue

LARGEST_UPLOAD_BYTES = 2 * 2**30
MOST_WAITING = 2
RETRY_AFTER_S = 15
KEPT_FOR = timedelta(days=7)
SWEPT_AFTER = timedelta(seconds=60)
# The first half of an advisory lock's key; the second is the job.
LOCK = 4_711
LONGEST_NAME = 300
# Under this name a process says how far it is while nobody sees its rows.
AT_WORK = "nbioc import"
# By its name: the queue alone loads what reads files, a web worker only puts jobs into it.
READER = "layers.files.importing"
# What nobody is at work on, what somebody is, and what is over.
WAITING, WORKING, OVER = ("queued", "asking", "ready"), ("reading", "writing"), ("done", "failed", "cancelled")
# Which problem is a question, about what.
ASKED = {"crs_required": "crs", "encoding_required": "encoding", "layer_required": "layer", "fields_missing": "fields", "coordinates_required": "fields"}
ANSWERS = ("crs", "encoding", "source_layer", "swap_xy", "mapping", "key", "complete", "title", "see")
ISSUE_PARTS = ("rule", "severity", "vi", "en", "layer", "key", "measure", "unit", "geometry")

FAILED = define("import_failed", 422, "Nhập tệp không thành công", "The import has failed")
ENDED = define(
    "importer_ended",
    422,
    "Tiến trình nhập đã dừng giữa chừng; dữ liệu không đổi, hãy nhập lại",
    "The importer ended midway; nothing has changed, bring the file in again",
)
TOO_LARGE = define("file_too_large", 413, "Tệp quá lớn", "The file is too large")
NOT_THEN = define("import_status", 409, "Trạng thái hiện tại không cho phép", "The import's present status does not allow this")
log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Its owner has called it off: everything is undone."""


# Taking a file up


def folder() -> Path:
    path = Path(settings.VAR_DIR) / "uploads"
    path.mkdir(parents=True, exist_ok=True)
    return path


def take(*, file: UploadedFile, asked: Mapping[str, Any], by: User, scope: Scope, at: datetime) -> ImportJob:
    """Keep a file under a name of our own and queue its reading. Raises TOO_MANY, TOO_LARGE, FORBIDDEN and NOT_IMPORTABLE."""
    sweep(at=at)
    if (file.size or 0) > LARGEST_UPLOAD_BYTES:
        raise TOO_LARGE(f"Tối đa {LARGEST_UPLOAD_BYTES:,} byte.", f"At most {LARGEST_UPLOAD_BYTES:,} bytes.")
    made.refresh()
    merging.importable(_known(asked.get("layer") or None, scope), scope)
    name = (file.name or "").replace("\0", "")[-LONGEST_NAME:]
    if not asked.get("layer"):
        # Said now, not when a million rows have been read.
        new_slug(asked.get("title") or name.split(".")[0])
    stored = f"{secrets.token_hex(16)}{_ending(name)}"
    with transaction.atomic():
        # One at a time a person, so that two at once do not both find room.
        User.objects.select_for_update().get(pk=by.pk)
        if ImportJob.objects.filter(owner=by, status__in=("queued", *WORKING)).count() >= MOST_WAITING:
            raise TOO_MANY(f"Đang có {MOST_WAITING} tệp chờ.", f"{MOST_WAITING} files of yours are waiting.", retry_after_s=RETRY_AFTER_S)
        job = ImportJob(owner=by, file_name=name, stored=stored, size_bytes=file.size or 0, layer=asked.get("layer") or "", created_at=at, updated_at=at)
        job.wish = _answered({}, asked)
        job.save()
        with (folder() / stored).open("xb") as kept:
            for block in file.chunks():
                kept.write(block)
        transaction.on_commit(lambda: read_job.enqueue(job.pk))
    return job


def _known(slug: str | None, scope: Scope) -> str | None:
    """A layer that is named has to be there for this caller. Raises NOT_FOUND."""
    return opened(slug, scope).layer.slug if slug else None


def _ending(name: str) -> str:
    """What the name says of the content, if it is a plain word: the rest of a stranger's name goes nowhere near a path."""
    suffix = Path(name.strip()).suffix.lower()
    return suffix if suffix[1:].isascii() and suffix[1:].isalnum() and len(suffix) <= 12 else ""


def _answered(wish: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What is wished after an answer. Raises BAD_REQUEST for an answer that is none."""
    result = {**wish, **{name: given[name] for name in ANSWERS if name in given}}
    key = result.get("key")
    result["key"] = [key] if isinstance(key, str) and key else [] if "key" in given and not key else key
    mapping = result.get("mapping") or {}
    if not isinstance(mapping, dict) or not all(isinstance(one, str) for pair in mapping.items() for one in pair):
        raise BAD_REQUEST("mapping: tên trong tệp → tên trường.", "mapping is names in the file to names of fields.", field="mapping")
    return result


def wish_of(job: ImportJob) -> Wish:
    wish = job.wish
    return Wish(
        folder() / job.stored,
        slug=job.layer or None,
        crs=wish.get("crs"),
        encoding=wish.get("encoding"),
        source_layer=wish.get("source_layer"),
        swap_xy=bool(wish.get("swap_xy")),
        title=wish.get("title"),
        see=wish.get("see", "see_assets"),
        named=wish.get("mapping") or {},
        key=None if wish.get("key") is None else tuple(wish["key"]),
        complete=bool(wish.get("complete")),
        called=job.file_name,
    )


# What people do with it


def found(number: int, scope: Scope) -> ImportJob:
    """A job of this caller, or one that is a change set which this caller sees. Raises NOT_FOUND."""
    job = ImportJob.objects.select_related("change_set", "owner").filter(pk=number).first()
    if job is None:
        raise NOT_FOUND()
    if job.owner_id != scope.user_id:
        if job.change_set_id is None:
            raise NOT_FOUND()
        changesets.found(job.change_set_id, scope)
    _bury(job)
    if job.status in WORKING:
        _look_over_shoulder(job)
    return job


def _own(number: int, scope: Scope) -> ImportJob:
    job = found(number, scope)
    if job.owner_id != scope.user_id:
        raise NOT_FOUND()
    return job


def answer(*, number: int, given: Mapping[str, Any], scope: Scope, at: datetime) -> ImportJob:
    """Answer what was asked, or ask for another reading; it is read again. Raises NOT_THEN."""
    job = _own(number, scope)
    wish = _answered(job.wish, given)
    with transaction.atomic():
        if not ImportJob.objects.filter(pk=number, status__in=("asking", "ready")).update(
            status="queued", step="queued", wish=wish, asks=[], report=None, problem=None, done=0, total=0, updated_at=at
        ):
            raise NOT_THEN(f"Trạng thái: {job.status}.", f"It is {job.status}.", status=job.status)
        transaction.on_commit(lambda: read_job.enqueue(number))
    job.refresh_from_db()
    return job


def apply(*, number: int, because: str, document: str, accepted: Mapping[str, str], by: User, scope: Scope, at: datetime) -> ImportJob:
    """Let what was shown become true: a change set where the layer wants a second person, else a merge by the queue.

    Raises NOT_THEN, BAD_REQUEST without a reason, RULES_BROKEN and REASON_NEEDED by what the dry run found.
    """
    job = _own(number, scope)
    if not because.strip():
        raise BAD_REQUEST("Cần lý do.", "A reason is needed.", field="because")
    layer = registry.sought(job.layer)
    orders = {"because": because.strip()[: editing.LONGEST_REASON], "document": document.strip()[: editing.LONGEST_DOCUMENT], "accepted": dict(accepted)}
    with transaction.atomic():
        if not ImportJob.objects.filter(pk=number, status="ready").update(status="writing", step="queued", orders=orders, updated_at=at):
            raise NOT_THEN(f"Trạng thái: {job.status}.", f"It is {job.status}.", status=job.status)
        if layer is not None and layer.review:
            title = f"Nhập {job.file_name}"[: changesets.LONGEST_TITLE]
            made_set = ChangeSet.objects.create(
                title=title, kind="import", author=by, created_at=at, because=orders["because"], document=orders["document"], accepted=orders["accepted"]
            )
            ImportJob.objects.filter(pk=number).update(status="done", step="done", change_set=made_set, updated_at=at)
        else:
            editing.judge(_issues(job), accepted)
            transaction.on_commit(lambda: write_job.enqueue(number))
    job.refresh_from_db()
    return job


def cancel(*, number: int, scope: Scope, at: datetime) -> ImportJob:
    """Call it off wherever it stands; what is being written is undone. Raises NOT_THEN when it is over."""
    job = _own(number, scope)
    if not ImportJob.objects.filter(pk=number, status__in=(*WAITING, *WORKING)).update(status="cancelled", step="cancelled", updated_at=at):
        raise NOT_THEN(f"Trạng thái: {job.status}.", f"It is {job.status}.", status=job.status)
    with connection.cursor() as cursor:
        # Whoever holds the job's lock is at work on it: a long statement ends at once, the rest within a second.
        cursor.execute(
            "select pg_cancel_backend(pid) from pg_locks where locktype = 'advisory' and classid = %s and objid = %s and pid <> pg_backend_pid()",
            [LOCK, number],
        )
    sweep(at=at)
    job.refresh_from_db()
    return job


def differences(*, number: int, box: query.Box | None, changes: list[str], limit: int, scope: Scope) -> dict[str, Any]:
    """What would change, as GeoJSON in lon/lat, no more than `limit`, and whether that is all. Raises NOT_FOUND without a staged table."""
    job = found(number, scope)
    if job.target is None or not staging.exists(_table(job)):
        return {"type": "FeatureCollection", "features": [], "truncated": False}
    staged = _staged(job)
    layer = staged.target.layer
    seen = {one.source: one.name for one in opened(layer, scope).fields} if layer is not None else {one.name: one.name for one in staged.target.columns}
    rows = staging.differences(staged.staging, box=box, changes=changes, limit=limit + 1, columns=[name for name in staged.staging.columns if name in seen])
    features = [_difference(row, seen) for row in rows[:limit]]
    return {"type": "FeatureCollection", "features": features, "truncated": len(rows) > limit}


def _difference(row: dict[str, Any], seen: Mapping[str, str]) -> dict[str, Any]:
    named = {seen[name]: value for name, value in (row["columns"] or {}).items() if name in seen}
    before = {seen[name]: value for name, value in (row["was"] or {}).items() if name in seen}
    differs = [seen.get(name, "geometry" if name not in seen else name) for name in row["differs"] or []]
    properties = {"change": row["change"], "fid": row["fid"], "feature": row["number"], "differs": differs, **named}
    return {
        "type": "Feature",
        "id": row["number"] or row["fid"],
        "change": row["change"],
        "properties": properties,
        "before": before,
        "geometry": row["geometry"],
    }


# What the queue does with it


@task()
def read_job(number: int) -> None:
    """Read, stage, compare and rehearse one job; or ask."""
    with _at_work(number, "queued", "reading") as job:
        if job is None:
            return
        at, scope = timezone.now(), scope_of(job.owner)
        staged = import_module(READER).stage(name=_table(job), wish=wish_of(job), scope=scope, at=at, tell=_telling(number))
        target = {name: staged.report.told[name] for name in ("fields", "geometry_types", "kept")} | {"left_out": {}}
        if asks := _asks_for_key(job, staged):
            _end(number, "reading", status="asking", step="asking", asks=asks, report=merging.told(staged.report), layer=job.layer)
            return
        _telling(number)("rules", 0, 0)
        report = merging.rehearse(staged=staged, by=job.owner, because=f"import {number}", scope=scope, at=at, tell=_telling_within)
        slug = job.layer or report.slug
        _end(number, "reading", status="ready", step="ready", report=merging.told(report), target={**target, "slug": slug}, layer=job.layer)


@task()
def write_job(number: int) -> None:
    """Merge one job that its owner has applied."""
    with _at_work(number, "writing", "writing") as job:
        if job is None:
            return
        at, scope, orders = timezone.now(), scope_of(job.owner), job.orders
        staged = _staged(job)
        with transaction.atomic():
            report = merging.publish(
                staged=staged,
                by=job.owner,
                because=orders["because"],
                document=orders["document"],
                accepted=orders["accepted"],
                scope=scope,
                at=at,
                tell=_telling_within,
            )
            # In the same transaction as the rows: it is done exactly when they are there.
            _end(number, "writing", status="done", step="done", layer=report.slug)
        staging.drop(_table(job))
        (folder() / job.stored).unlink(missing_ok=True)


def _asks_for_key(job: ImportJob, staged: Staged) -> list[dict[str, Any]]:
    """Rows into a layer that has some, with nothing to match them by: whoever imports has to say whether they are new."""
    layer = staged.target.layer
    if layer is None or staged.report.key or job.wish.get("key") is not None or not query.count(opened(layer, scope_of(job.owner))):
        return []
    return [{"what": "key", "choices": [column.field.name for column in staged.target.columns if column.source is not None]}]


@contextmanager
def _at_work(number: int, before: str, during: str) -> Iterator[ImportJob | None]:
    """Hold the job's lock while a process is at work on it, and let every end be an end that is told."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s, %s)", [LOCK, number])
        if not cursor.fetchone()[0]:
            yield None
            return
    try:
        if ImportJob.objects.filter(pk=number, status=before).update(status=during, step=during, updated_at=timezone.now()):
            yield ImportJob.objects.select_related("owner", "change_set").get(pk=number)
        else:
            yield None
    except Problem as problem:
        _end_with(number, during, problem)
    except Cancelled:
        staging.drop(f"import_{number}")
    except DatabaseError as error:
        # A statement that was cancelled because the job was.
        if ImportJob.objects.filter(pk=number, status="cancelled").exists():
            staging.drop(f"import_{number}")
        else:
            log.exception("import %s", number)
            _end_with(number, during, FAILED("Cơ sở dữ liệu từ chối.", f"The database refused it: {type(error).__name__}."))
    except Exception as error:
        log.exception("import %s", number)
        _end_with(number, during, FAILED("Lỗi không lường trước.", f"Something unforeseen: {type(error).__name__}."))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s, %s)", [LOCK, number])


def _end(number: int, during: str, **fields: Any) -> None:
    """Raises Cancelled when its owner was faster."""
    if not ImportJob.objects.filter(pk=number, status=during).update(**fields, done=0, total=0, updated_at=timezone.now()):
        raise Cancelled


def _end_with(number: int, during: str, problem: Problem) -> None:
    """A problem that is a question becomes one; any other is the end."""
    staging.drop(f"import_{number}")
    body = problem.as_dict()
    asks = _asks_of(problem) if during == "reading" else []
    ended = {"status": "asking", "step": "asking", "asks": asks} if asks else {"status": "failed", "step": "failed", "problem": body}
    ImportJob.objects.filter(pk=number, status=during).update(**ended, updated_at=timezone.now())


def _asks_of(problem: Problem) -> list[dict[str, Any]]:
    what, extra = ASKED.get(problem.code), problem.extra
    words = {"vi": problem.vi, "en": problem.en}
    if what == "crs" and extra.get("candidates"):
        return [{"what": "crs", "choices": extra["candidates"], **words}]
    if what == "encoding" and extra.get("samples"):
        return [{"what": "encoding", "choices": [{"name": name, "samples": [text]} for name, text in extra["samples"].items()], **words}]
    if what == "layer" and extra.get("layers"):
        return [{"what": "layer", "choices": [{"name": name} for name in extra["layers"]], **words}]
    if problem.code == "fields_missing":
        choices = [{"name": one["name"], "type": one["type"], "to": extra["matched"].get(one["name"])} for one in extra["file"]]
        return [{"what": "fields", "choices": choices, "lacking": extra["fields"], **words}]
    if problem.code == "coordinates_required":
        return [{"what": "fields", "choices": [{"name": name, "to": None} for name in extra["fields"]], "targets": list(AXES), **words}]
    return []


def _telling(number: int) -> Any:
    """Says how far it is, and ends it when its owner has called it off."""

    def tell(step: str, done: int, total: int) -> None:
        if not ImportJob.objects.filter(pk=number, status__in=WORKING).update(step=step, done=done, total=total, updated_at=timezone.now()):
            raise Cancelled

    return tell


def _telling_within(step: str, done: int, total: int) -> None:
    """Says it inside of a transaction, where no row would be seen: by the name under which the database lists this connection."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('application_name', %s, true)", [f"{AT_WORK} {step} {done} {total}"])


def _look_over_shoulder(job: ImportJob) -> None:
    """How far whoever holds the job's lock says it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.application_name from pg_locks l join pg_stat_activity a on a.pid = l.pid"
            " where l.locktype = 'advisory' and l.classid = %s and l.objid = %s and starts_with(a.application_name, %s)",
            [LOCK, job.pk, f"{AT_WORK} "],
        )
        said = cursor.fetchone()
    if said is not None:
        step, done, total = said[0].removeprefix(f"{AT_WORK} ").split(" ")
        job.step, job.done, job.total = step, int(done), int(total)


def _table(job: ImportJob) -> str:
    return f"import_{job.pk}"


def _staged(job: ImportJob) -> Staged:
    """What was staged, found again. Raises ENDED where its table is gone."""
    if job.target is None or not staging.exists(_table(job)):
        raise ENDED()
    scope, told = scope_of(job.owner), job.target
    layer = registry.sought(job.layer) if job.layer else None
    target = Target.standing(layer, wish_of(job), told, scope) if layer is not None else Target.new(wish_of(job), told)
    report = Report(told, target.slug, layer is None, target.matched(), target.unmatched, tuple((job.report or {}).get("key", ())))
    return Staged(staging.of(_table(job), target, scope), target, report)


# What is left lying about


def _bury(job: ImportJob) -> None:
    """A job that says it is being worked on, and whose worker is gone, has failed."""
    if job.status not in WORKING or job.step == "queued":
        return
    with connection.cursor() as cursor:
        cursor.execute("select exists (select 1 from pg_locks where locktype = 'advisory' and classid = %s and objid = %s)", [LOCK, job.pk])
        alive = cursor.fetchone()[0]
    if alive:
        return
    if ImportJob.objects.filter(pk=job.pk, status=job.status, updated_at=job.updated_at).update(status="failed", step="failed", problem=ENDED().as_dict()):
        staging.drop(_table(job))
    job.refresh_from_db()


def sweep(*, at: datetime) -> None:
    """End what was forgotten or has died, and take away files and tables that no job needs."""
    for job in ImportJob.objects.filter(status__in=WORKING):
        _bury(job)
    ImportJob.objects.filter(status__in=WAITING, updated_at__lt=at - KEPT_FOR).update(status="cancelled", step="cancelled")
    needed = set(ImportJob.objects.exclude(status__in=OVER).values_list("stored", flat=True))
    for path in folder().iterdir():
        age_s = at.timestamp() - path.stat().st_mtime
        if path.name not in needed and age_s > SWEPT_AFTER.total_seconds():
            os.unlink(path)
    open_sets = ImportJob.objects.filter(status="done", change_set__status__in=("draft", "submitted", "returned"))
    kept = {f"import_{pk}" for jobs in (ImportJob.objects.exclude(status__in=OVER), open_sets) for pk in jobs.values_list("pk", flat=True)}
    for name in staging.standing():
        if name.startswith("import_") and name not in kept:
            staging.drop(name)


# A change set that is a file


def _issues(job: ImportJob) -> list[Issue]:
    """What the rules said at the dry run."""
    told = (job.report or {}).get("issues", [])
    return [Issue(**{name: one[name] for name in ISSUE_PARTS}, fids=tuple(one["fids"]), place=tuple(one["place"]) if one["place"] else None) for one in told]


class FileKind:
    """A set whose edits are the rows of a file: published by one merge."""

    def layers(self, given: ChangeSet) -> list[str]:
        return [self._job(given).layer]

    def counts(self, given: ChangeSet) -> dict[str, int]:
        told = (self._job(given).report or {}).get("counts", {})
        return {op: told.get(change, 0) for op, change in (("create", "new"), ("update", "changed"), ("delete", "gone"))}

    def look(self, given: ChangeSet, at: datetime) -> editing.Outcome:
        """Whether anybody has changed the same since; the rules' words are those of the dry run, and asked again when it is published."""
        job = self._job(given)
        if given.status in changesets.UNSEEN or given.status in ("returned", "submitted"):
            with transaction.atomic():
                staging.check_clashes(_staged(job).staging)
        return editing.Outcome([], [], _issues(job))

    def publish(self, given: ChangeSet, at: datetime) -> None:
        job = self._job(given)
        merging.publish(
            staged=_staged(job),
            by=given.author,
            because=given.because or given.title,
            document=given.document,
            change_set=given.pk,
            accepted=given.accepted,
            scope=scope_of(given.author),
            at=at,
        )
        staging.drop(_table(job))

    def _job(self, given: ChangeSet) -> ImportJob:
        job = ImportJob.objects.select_related("owner").filter(change_set=given).first()
        if job is None:
            raise CONFLICT("Tệp của phiên không còn.", "The file of this change set is gone.")
        return job


changesets.KINDS["import"] = FileKind()
