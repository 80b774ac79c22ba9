"""Change sets: edits that one person gathers where nobody else sees them, submits with a reason, and another person publishes at once.

Publishing is one transaction that checks everything again against what has changed since. The author never decides on the own set.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Count

from geo import events, shapes
from geo.acting import acting
from geo.errors import BAD_REQUEST, NOT_FOUND, STALE, Problem, define
from geo.models import User
from layers import access, query
from layers.access import Scope, opened, scope_of
from layers.changing import editing, edits, places
from layers.changing.edits import Edit
from layers.layer import Layer, registry
from layers.models import ChangeItem, ChangeSet

MOST_ITEMS = 1_000
MOST_TOLD = 200
LONGEST_TITLE = 200
# What becomes of a set by which verb; what is not here is not possible.
BECOMES: dict[tuple[str, str], str] = {
    ("draft", "edit"): "draft",
    ("returned", "edit"): "returned",
    ("draft", "submit"): "submitted",
    ("returned", "submit"): "submitted",
    ("draft", "withdraw"): "withdrawn",
    ("returned", "withdraw"): "withdrawn",
    ("submitted", "withdraw"): "draft",
    ("submitted", "approve"): "published",
    ("submitted", "return"): "returned",
    ("submitted", "reject"): "rejected",
    ("published", "revert"): "published",
}
STATUSES = ("draft", "submitted", "returned", "rejected", "published", "withdrawn")
OF_THE_AUTHOR = ("edit", "submit", "withdraw")
OF_ANOTHER = ("approve", "return", "reject")
# What is for sets of edits alone: the rows of a file are changed by another file.
OF_EDITS = ("edit", "revert")
# What its author keeps to itself.
UNSEEN = ("draft", "withdrawn")

NOT_NOW = define("change_set_status", 409, "Trạng thái hiện tại không cho phép", "Its present status does not allow this")
OWN_CHANGE_SET = define("own_change_set", 403, "Không được tự duyệt phiên của mình", "Nobody decides on the own change set")
NOTHING_IN_IT = define("change_set_empty", 422, "Phiên chưa có thay đổi nào", "The change set has no edits")


class Kind(Protocol):
    """Where a set's edits come from and how they are published; layers.files.importing has one of its own."""

    def layers(self, given: ChangeSet) -> list[str]: ...

    def counts(self, given: ChangeSet) -> dict[str, int]: ...

    def look(self, given: ChangeSet, at: datetime) -> editing.Outcome:
        """What publishing would do now. Raises what publishing would raise, but for what the rules say."""
        ...

    def publish(self, given: ChangeSet, at: datetime) -> None:
        """Write it, in the transaction of whoever publishes."""
        ...


class Edits:
    """Sets of edits that people gather by hand."""

    def layers(self, given: ChangeSet) -> list[str]:
        return sorted(set(given.items.values_list("layer", flat=True)))

    def counts(self, given: ChangeSet) -> dict[str, int]:
        return dict(given.items.values_list("op").annotate(n=Count("pk")))

    def look(self, given: ChangeSet, at: datetime) -> editing.Outcome:
        return self._apply(given, at, looking=True)

    def publish(self, given: ChangeSet, at: datetime) -> None:
        items = list(given.items.order_by("pk"))
        scope = scope_of(given.author)
        before = {(slug, fid): one for slug in self.layers(given) for fid, one in query.some(opened(slug, scope), _fids(items, slug)).items()}
        outcome = self._apply(given, at, looking=False)
        after = {(one["layer"], one["id"]): one for one in outcome.features}
        for item, done in zip(items, outcome.done, strict=True):
            item.fid, item.before, item.after = done.fid, before.get((item.layer, item.fid)), after.get((done.layer, done.fid))
        ChangeItem.objects.bulk_update(items, ["fid", "before", "after"], batch_size=200)

    def _apply(self, given: ChangeSet, at: datetime, *, looking: bool) -> editing.Outcome:
        wanted = edits_of(given)
        if not wanted:
            raise NOTHING_IN_IT()
        return editing.apply(
            edits=wanted,
            # Who made the change is who answers for it; who let it through stands on the set.
            by=given.author,
            scope=scope_of(given.author),
            at=at,
            because=given.because or given.title,
            document=given.document,
            accepted=given.accepted,
            change_set=given.pk,
            looking=looking,
            merge=True,
        )


def _fids(items: Sequence[ChangeItem], slug: str) -> list[int]:
    return [item.fid for item in items if item.layer == slug and item.fid is not None]


KINDS: dict[str, Kind] = {"edits": Edits()}


def edits_of(given: ChangeSet) -> list[Edit]:
    """The edits of a set in the order that they were made."""
    return [replace(edits.from_json(item.edit), record=item.record) for item in given.items.order_by("pk")]


# Who may see and do what.


def found(number: int, scope: Scope) -> ChangeSet:
    """The set, for its author and for whoever may publish all of it. Raises NOT_FOUND."""
    given = ChangeSet.objects.select_related("author", "decided_by").filter(pk=number).first()
    if given is None or not _visible(given, scope):
        raise NOT_FOUND()
    return given


def _visible(given: ChangeSet, scope: Scope) -> bool:
    return given.author_id == scope.user_id or (given.status not in UNSEEN and _may_publish(given, scope))


def _may_publish(given: ChangeSet, scope: Scope) -> bool:
    layers = [registry.get(slug) for slug in KINDS[given.kind].layers(given)]
    return bool(layers) and all(layer is not None and access.may(layer, "publish", scope) for layer in layers)


def listed(scope: Scope, *, status: str = "", mine: bool = False) -> list[ChangeSet]:
    """The newest first, of those that the caller may see. Raises BAD_REQUEST for a status that is none."""
    wanted = [one for one in status.split(",") if one]
    if not set(wanted) <= set(STATUSES):
        raise BAD_REQUEST(f"status: {', '.join(STATUSES)}.", f"status is of {', '.join(STATUSES)}.")
    asked = ChangeSet.objects.select_related("author", "decided_by").order_by("-pk")
    asked = asked.filter(status__in=wanted) if wanted else asked
    asked = asked.filter(author_id=scope.user_id) if mine or not scope.may(access.PUBLISH) else asked
    return [given for given in asked[: 2 * MOST_TOLD] if _visible(given, scope)][:MOST_TOLD]


def may(given: ChangeSet, scope: Scope) -> list[str]:
    """The verbs that this caller may say to the set as it stands."""
    own = given.author_id == scope.user_id
    verbs = [*(OF_THE_AUTHOR if own else OF_ANOTHER if _may_publish(given, scope) else ()), "revert"]
    return [verb for verb in verbs if (given.status, verb) in BECOMES and (given.kind == "edits" or verb not in OF_EDITS)]


# The verbs of its author.


def begin(*, title: str, by: User, scope: Scope, at: datetime, undoes: ChangeSet | None = None) -> ChangeSet:
    """An empty draft. Raises BAD_REQUEST for a title that is empty or too long, NOT_FOUND for who may change no layer at all."""
    title = " ".join(title.split())
    if not 0 < len(title) <= LONGEST_TITLE or "\0" in title:
        raise BAD_REQUEST(f"Tên từ 1 đến {LONGEST_TITLE} ký tự.", f"The title has 1 to {LONGEST_TITLE} characters.")
    if not any(access.may(layer, "submit", scope) for layer in registry.all()):
        raise NOT_FOUND()
    return ChangeSet.objects.create(title=title, author=by, created_at=at, undoes=undoes)


def add(
    *,
    number: int,
    wanted: Sequence[Edit],
    record: Mapping[str, Any] | None,
    by: User,
    scope: Scope,
    at: datetime,
    replaces: Sequence[int] = (),
    known: set[int] | None = None,
) -> ChangeSet:
    """Put edits into a draft, or in the place of others of its edits; a second edit of a feature is folded into the first.

    What could not be published is refused at once. Raises STALE where the draft is not at a version that is `known`, or lacks what is meant.
    """
    with _held(number, scope, "edit", known, by, at) as given:
        if given.items.filter(pk__in=replaces).delete()[0] != len(set(replaces)):
            raise _moved_on(given)
        for edit in wanted:
            _fold(given, edit, record)
        if given.items.count() > MOST_ITEMS:
            raise BAD_REQUEST(f"Tối đa {MOST_ITEMS:,} thay đổi một phiên.", f"At most {MOST_ITEMS:,} edits a change set.")
        # A part that was only drafted leaves nothing behind.
        if given.items.exists():
            KINDS[given.kind].look(given, at)
    return given


def _moved_on(given: ChangeSet) -> Problem:
    return STALE("Phiên đã thay đổi ở cửa sổ khác.", "The change set has been changed in another window.", version=given.version)


def _standing(given: ChangeSet, edit: Edit) -> ChangeItem | None:
    """What the set has for the feature of an edit already. Raises STALE for an item that it has no longer."""
    if edit.item is None:
        return given.items.filter(layer=edit.layer, fid=edit.fid).first() if edit.fid is not None else None
    found_ = given.items.filter(layer=edit.layer, pk=edit.item).first()
    if found_ is None:
        raise _moved_on(given)
    return found_


def _fold(given: ChangeSet, edit: Edit, record: Mapping[str, Any] | None) -> None:
    """An edit of a feature that the set already edits goes on from there: later words win, what is to go is not changed."""
    standing = _standing(given, edit)
    if standing is None:
        ChangeItem.objects.create(change_set=given, layer=edit.layer, op=edit.op, fid=edit.fid, edit=edits.as_json(edit), record=record)
        return
    if standing.op == "delete":
        raise NOT_NOW("Phiên này đã xoá đối tượng đó.", "This change set deletes that feature already.", fid=edit.fid)
    if standing.op == "restore":
        raise NOT_NOW(
            "Phiên này khôi phục đối tượng đó; sửa tiếp sau khi công bố.", "This change set brings that feature back; change it once it stands.", fid=edit.fid
        )
    if standing.op == "create" and edit.op != "update":
        standing.delete()
        return
    merged = edits.as_json(replace(edit, fid=standing.fid, item=None))
    if edit.op == "update":
        was = standing.edit
        merged = was | ({"geometry": merged["geometry"]} if edit.geometry is not None else {})
        merged["properties"] = {**(was.get("properties") or {}), **(edit.properties or {})}
    else:
        merged["version"] = standing.edit.get("version")
    standing.op, standing.edit, standing.record = (standing.op if edit.op == "update" else edit.op), merged, record or standing.record
    standing.save(update_fields=["op", "edit", "record"])


@contextmanager
def amid(*, number: int, scope: Scope, at: datetime) -> Iterator[tuple[ChangeSet, list[tuple[ChangeItem, editing.Done]]]]:
    """The city as the caller's own draft would make it, for as long as the block lasts, and what each of its edits would have done.

    Raises NOT_FOUND, NOT_NOW for what is no draft, and what publishing would raise, but for what the rules say.
    """
    given = found(number, scope)
    _check(given, scope, "edit", None)
    items = list(given.items.order_by("pk"))
    if not items:
        yield given, []
        return
    wanted = [replace(edits.from_json(item.edit), record=item.record) for item in items]
    with editing.supposed(edits=wanted, by=given.author, scope=scope_of(given.author), at=at) as done:
        yield given, list(zip(items, done, strict=True))


def take_out(*, number: int, item: int, by: User, scope: Scope, at: datetime) -> ChangeSet:
    """Take one edit out of a draft. Raises NOT_FOUND."""
    with _held(number, scope, "edit", None, by, at) as given:
        if not given.items.filter(pk=item).delete()[0]:
            raise NOT_FOUND()
    return given


def submit(*, number: int, known: set[int], because: str, document: str, accepted: Mapping[str, str], by: User, scope: Scope, at: datetime) -> ChangeSet:
    """Hand a draft to whoever publishes. Raises what publishing would raise now."""
    with _held(number, scope, "submit", known, by, at) as given:
        given.because, given.document, given.accepted = because.strip(), document.strip(), _reasons(accepted)
        if not given.because:
            raise BAD_REQUEST("Cần lý do.", "A reason is needed.", field="because")
        editing.judge(KINDS[given.kind].look(given, at).issues, given.accepted)
        given.submitted_at = at
    return given


def withdraw(*, number: int, known: set[int], by: User, scope: Scope, at: datetime) -> ChangeSet:
    """Take a submitted set back to go on with it; give a draft up."""
    with _held(number, scope, "withdraw", known, by, at) as given:
        pass
    return given


# The verbs of the other person.


def approve(*, number: int, known: set[int], accepted: Mapping[str, str], by: User, scope: Scope, at: datetime) -> ChangeSet:
    """Publish, checked again against what has changed since. Raises what the edits raise, and nothing is written then."""
    with _held(number, scope, "approve", known, by, at) as given:
        given.accepted = {**given.accepted, **_reasons(accepted)}
        KINDS[given.kind].publish(given, at)
        _check_wards(given, scope, at)
        given.decided_at, given.decided_by = at, by
    return given


def _check_wards(given: ChangeSet, scope: Scope, at: datetime) -> None:
    """Who is bounded to wards lets through only what lay and lies in them; of a file, nothing. Raises OUTSIDE_WARDS."""
    if not scope.wards:
        return
    told = [one for item in given.items.all() for one in (item.before, item.after) if one is not None]
    for one in told or [{"geometry": None}]:
        places.check(scope, one["geometry"] and shapes.admit(one["geometry"], types=("Geometry",)), at)


def decide(*, number: int, verb: str, known: set[int], because: str, by: User, scope: Scope, at: datetime) -> ChangeSet:
    """Give a set back to its author with words (`return`), or refuse it for good (`reject`)."""
    with _held(number, scope, verb, known, by, at) as given:
        given.decision = because.strip()
        if not given.decision or len(given.decision) > editing.LONGEST_REASON:
            raise BAD_REQUEST("Cần lý do bằng chữ.", f"A reason of at most {editing.LONGEST_REASON} characters is needed.", field="because")
        given.decided_at, given.decided_by = at, by
    return given


def revert(*, number: int, by: User, scope: Scope, at: datetime) -> ChangeSet:
    """A new draft that undoes a published set; an ordinary draft from there on. Raises NOT_NOW, and STALE where a feature has changed since."""
    given = found(number, scope)
    if (given.status, "revert") not in BECOMES or given.kind != "edits":
        raise NOT_NOW("Chỉ hoàn tác phiên đã công bố.", "Only a published set of edits is undone.", is_now=given.status)
    with transaction.atomic():
        draft = begin(title=f"Hoàn tác: {given.title}"[:LONGEST_TITLE], by=by, scope=scope, at=at, undoes=given)
        undoing = [_UNDO[item.op](item) for item in given.items.order_by("-pk")]
        return add(number=draft.pk, wanted=undoing, record={"kind": "undo"}, by=by, scope=scope, at=at)


def _undo_create(item: ChangeItem) -> Edit:
    return Edit(item.layer, "delete", item.fid, frozenset({item.after["version"]}))


def _undo_update(item: ChangeItem) -> Edit:
    return Edit(item.layer, "restore", item.fid, frozenset({item.after["version"]}), to_version=item.before["version"])


def _undo_delete(item: ChangeItem) -> Edit:
    return Edit(item.layer, "restore", item.fid, frozenset({item.before["version"] + 1}), to_version=item.before["version"])


def _undo_restore(item: ChangeItem) -> Edit:
    return _undo_create(item) if item.before is None else _undo_update(item)


_UNDO: dict[str, Callable[[ChangeItem], Edit]] = {"create": _undo_create, "update": _undo_update, "delete": _undo_delete, "restore": _undo_restore}


@contextmanager
def _held(number: int, scope: Scope, verb: str, known: set[int] | None, by: User, at: datetime) -> Iterator[ChangeSet]:
    """The set locked for one verb that its status and the caller allow; the end of the block writes new status, version and event."""
    with acting(by=by, because=f"change set {number}: {verb}", change_set=number):
        found(number, scope)
        given = ChangeSet.objects.select_for_update(of=("self",)).select_related("author").get(pk=number)
        _check(given, scope, verb, known)
        yield given
        given.status = BECOMES[given.status, verb]
        given.version += 1
        given.save()
        events.publish(kind=f"change_set.{verb}", at=at, data={"change_set": number, "status": given.status})


def _check(given: ChangeSet, scope: Scope, verb: str, known: set[int] | None) -> None:
    own = given.author_id == scope.user_id
    if verb in OF_ANOTHER and own:
        raise OWN_CHANGE_SET("Cần người khác duyệt.", "Somebody else has to decide.")
    if verb in OF_THE_AUTHOR and not own:
        raise NOT_NOW("Chỉ người lập được sửa phiên.", "Only its author changes it.", is_now=given.status)
    if (given.status, verb) not in BECOMES:
        raise NOT_NOW(f"Phiên đang ở trạng thái {given.status}.", f"The change set is {given.status}.", is_now=given.status)
    if given.kind != "edits" and verb in OF_EDITS:
        raise NOT_NOW("Phiên này là một tệp: nhập tệp khác để thay đổi.", "This change set is a file: bring in another one to change it.", is_now=given.status)
    if known is not None and given.version not in known:
        raise STALE(f"Phiên hiện ở v{given.version}.", f"The change set is at v{given.version} now.", version=given.version)


def _reasons(accepted: Mapping[str, str]) -> dict[str, str]:
    if len(accepted) > MOST_ITEMS or any(len(key) > 100 or len(reason) > editing.LONGEST_REASON for key, reason in accepted.items()):
        raise BAD_REQUEST("Quá nhiều hoặc quá dài.", "There are too many reasons, or one is too long.", field="accepted")
    return {key: reason.strip() for key, reason in accepted.items()}


def shown(scope: Scope, layer: str, feature: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A feature as another person than its author may see it: no more of its fields, and nothing of a row that is hidden or masked."""
    if feature is None:
        return None
    found_: type[Layer] | None = registry.sought(layer)
    if found_ is None or not any(scope.may(grant.permission) for grant in found_.grants):
        return None
    seen = opened(found_, scope)
    if not seen.sees_every_row() or seen.geometry != seen.indexed:
        return query.some(seen, [int(feature["id"])]).get(int(feature["id"]))
    known = {field.name for field in seen.fields}
    return {**feature, "properties": {name: value for name, value in feature["properties"].items() if name in known or name == "_layer"}}
