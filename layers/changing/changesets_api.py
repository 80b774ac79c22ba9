"""Sets of edits over HTTP: looked at, applied at once, or gathered in change sets that somebody else publishes."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema, Status

from geo.errors import NOT_FOUND, PRECONDITION_REQUIRED, Problem
from geo.models import User
from geo.signing import SIGNED_IN
from layers import query, rules
from layers.access import Scope, opened
from layers.api import versions_known
from layers.changing import changesets, conflicts, editing, edits, presence, syncing
from layers.changing.changesets import KINDS, shown
from layers.changing.edits import Edit
from layers.layer import registry
from layers.models import ChangeItem, ChangeSet

router = Router(tags=["editing"])


class EditsIn(Schema):
    """Edits as layers.changing.edits reads them, why and by which document, and the reason for each warning by its key."""

    edits: list[dict[str, Any]]
    because: str = ""
    document: str = ""
    accepted: dict[str, str] = {}
    record: dict[str, Any] | None = None
    # In a change set: its edits that these take the place of.
    replaces: list[int] = []

    def wanted(self) -> list[Edit]:
        """Raises BAD_REQUEST, and PRECONDITION_REQUIRED for a change that does not say on which version it was made."""
        found = [edits.from_json(given) for given in self.edits]
        for number, edit in enumerate(found):
            if edit.op != "create" and edit.item is None and not edit.known:
                raise PRECONDITION_REQUIRED("Mỗi thay đổi cần version.", f"Edit {number} needs the version that it was made on.", edit=number)
        return found


@router.post("/edits/preview", auth=SIGNED_IN)
def preview(request: HttpRequest, given: EditsIn) -> dict[str, Any]:
    """What would be stored, and what the rules say of it; nothing is."""
    return _outcome(editing.apply(edits=given.wanted(), by=request.user, scope=request.caller, at=request.at, looking=True, merge=True))


@router.post("/edits", auth=SIGNED_IN)
def apply(request: HttpRequest, given: EditsIn) -> dict[str, Any]:
    """All of the edits or none."""
    outcome = editing.apply(
        edits=given.wanted(), by=request.user, scope=request.caller, at=request.at, because=given.because, document=given.document, accepted=given.accepted
    )
    return _outcome(outcome)


class OpsIn(Schema):
    """Changes that a device kept, each with a key of its own."""

    ops: list[Any]


@router.post("/sync", auth=SIGNED_IN)
def sync(request: HttpRequest, given: OpsIn) -> dict[str, Any]:
    """Do each of them once; what cannot be stored is kept, with the reason, and told one by one."""
    return {"results": syncing.sync(given=given.ops, by=request.user, scope=request.caller, at=request.at)}


@router.get("/sync/waiting", auth=SIGNED_IN)
def waiting(request: HttpRequest) -> dict[str, Any]:
    """What the caller's devices sent and nobody has settled."""
    return {"items": syncing.waiting(by=request.user)}


@router.delete("/sync/waiting/{key}", auth=SIGNED_IN)
def settle(request: HttpRequest, key: str) -> dict[str, Any]:
    """The caller has looked at it."""
    syncing.settle(key=key, by=request.user, at=request.at)
    return {"settled": key}


def _outcome(outcome: editing.Outcome) -> dict[str, Any]:
    return {"done": [one.as_dict() for one in outcome.done], "features": outcome.features, "issues": [rules.as_json(issue) for issue in outcome.issues]}


@router.put("/layers/{slug}/features/{fid}/presence", auth=SIGNED_IN)
def show_presence(request: HttpRequest, slug: str, fid: int) -> dict[str, Any]:
    """Say that the feature is open here, and hear who else has it open."""
    return {"others": presence.show(slug=slug, fid=fid, by=request.user, scope=request.caller, at=request.at)}


@router.delete("/layers/{slug}/features/{fid}/presence", auth=SIGNED_IN)
def end_presence(request: HttpRequest, slug: str, fid: int) -> dict[str, Any]:
    """Say that it is closed."""
    presence.leave(slug=slug, fid=fid, by=request.user)
    return {"others": []}


@router.get("/changesets", auth=SIGNED_IN)
def listed(request: HttpRequest, status: str = "", mine: bool = False) -> dict[str, Any]:
    """The change sets that the caller may see, the newest first."""
    return {"items": [_told(given, request.caller) for given in changesets.listed(request.caller, status=status, mine=mine)]}


class TitleIn(Schema):
    """What a change set is called."""

    title: str


@router.post("/changesets", auth=SIGNED_IN, response={201: dict})
def begin(request: HttpRequest, response: HttpResponse, given: TitleIn) -> Status[dict[str, Any]]:
    """An empty draft that nobody else sees."""
    made = changesets.begin(title=given.title, by=request.user, scope=request.caller, at=request.at)
    response["Location"] = f"/api/changesets/{made.pk}"
    return Status(201, _whole(request, response, made))


@router.get("/changesets/{number}", auth=SIGNED_IN)
def one(request: HttpRequest, response: HttpResponse, number: int) -> dict[str, Any]:
    """The set with its edits, what each would make of its feature, what clashes, and what the rules say."""
    return _whole(request, response, changesets.found(number, request.caller))


@router.post("/changesets/{number}/edits", auth=SIGNED_IN)
def add(request: HttpRequest, response: HttpResponse, number: int, given: EditsIn) -> dict[str, Any]:
    """Put edits into a draft; with If-Match, only into the draft as it was looked at."""
    made = changesets.add(
        number=number,
        wanted=given.wanted(),
        record=given.record,
        replaces=given.replaces,
        known=versions_known(request) if request.headers.get("If-Match") else None,
        by=request.user,
        scope=request.caller,
        at=request.at,
    )
    return _whole(request, response, made)


@router.delete("/changesets/{number}/edits/{item}", auth=SIGNED_IN)
def take_out(request: HttpRequest, response: HttpResponse, number: int, item: int) -> dict[str, Any]:
    """Take one edit out of a draft."""
    return _whole(request, response, changesets.take_out(number=number, item=item, by=request.user, scope=request.caller, at=request.at))


class VerbIn(Schema):
    """Why, by which document, and the reason for each warning by its key."""

    because: str = ""
    document: str = ""
    accepted: dict[str, str] = {}


@router.post("/changesets/{number}/submit", auth=SIGNED_IN)
def submit(request: HttpRequest, response: HttpResponse, number: int, given: VerbIn) -> dict[str, Any]:
    """Hand a draft to whoever publishes."""
    made = changesets.submit(
        number=number,
        known=versions_known(request),
        because=given.because,
        document=given.document,
        accepted=given.accepted,
        by=request.user,
        scope=request.caller,
        at=request.at,
    )
    return _whole(request, response, made)


@router.post("/changesets/{number}/withdraw", auth=SIGNED_IN)
def withdraw(request: HttpRequest, response: HttpResponse, number: int) -> dict[str, Any]:
    """Take a submitted set back; give a draft up."""
    return _whole(request, response, changesets.withdraw(number=number, known=versions_known(request), by=request.user, scope=request.caller, at=request.at))


@router.post("/changesets/{number}/approve", auth=SIGNED_IN)
def approve(request: HttpRequest, response: HttpResponse, number: int, given: VerbIn) -> dict[str, Any]:
    """Publish the set, all of it or nothing."""
    made = changesets.approve(number=number, known=versions_known(request), accepted=given.accepted, by=request.user, scope=request.caller, at=request.at)
    return _whole(request, response, made)


@router.post("/changesets/{number}/return", auth=SIGNED_IN)
def give_back(request: HttpRequest, response: HttpResponse, number: int, given: VerbIn) -> dict[str, Any]:
    """Give the set back to its author with words."""
    return _decided(request, response, number, "return", given)


@router.post("/changesets/{number}/reject", auth=SIGNED_IN)
def reject(request: HttpRequest, response: HttpResponse, number: int, given: VerbIn) -> dict[str, Any]:
    """Refuse the set for good."""
    return _decided(request, response, number, "reject", given)


def _decided(request: HttpRequest, response: HttpResponse, number: int, verb: str, given: VerbIn) -> dict[str, Any]:
    known = versions_known(request)
    made = changesets.decide(number=number, verb=verb, known=known, because=given.because, by=request.user, scope=request.caller, at=request.at)
    return _whole(request, response, made)


@router.post("/changesets/{number}/revert", auth=SIGNED_IN, response={201: dict})
def revert(request: HttpRequest, response: HttpResponse, number: int) -> Status[dict[str, Any]]:
    """A new draft that undoes a published set."""
    return Status(201, _whole(request, response, changesets.revert(number=number, by=request.user, scope=request.caller, at=request.at)))


def _told(given: ChangeSet, scope: Scope) -> dict[str, Any]:
    kind = KINDS[given.kind]
    return {
        "id": given.pk,
        "title": given.title,
        "kind": given.kind,
        "status": given.status,
        "version": given.version,
        "author": _person(given.author),
        "because": given.because,
        "document": given.document,
        "created_at": given.created_at,
        "submitted_at": given.submitted_at,
        "decided_at": given.decided_at,
        "decided_by": _person(given.decided_by),
        "decision": given.decision,
        "accepted": given.accepted,
        "undoes": given.undoes_id,
        "layers": kind.layers(given),
        "counts": {op: 0 for op in edits.OPS} | kind.counts(given),
        "may": changesets.may(given, scope),
    }


def _person(user: User | None) -> dict[str, Any] | None:
    return {"id": user.pk, "name": user.display_name or user.username} if user else None


def _whole(request: HttpRequest, response: HttpResponse, given: ChangeSet) -> dict[str, Any]:
    """The set with its edits as this caller may see them. A problem that publishing would meet now stands beside them."""
    response["ETag"] = f'"v{given.version}"'
    items = list(given.items.order_by("pk"))
    outcome, problem = _looked(request, given) if given.status in ("draft", "returned", "submitted") and (items or given.kind != "edits") else (None, None)
    features = _by_item(items, outcome)
    return {
        **_told(given, request.caller),
        "edits": [_item(item, given, request.caller, features.get(item.pk)) for item in items],
        "issues": [rules.as_json(issue) for issue in outcome.issues] if outcome else [],
        "problem": problem,
    }


def _looked(request: HttpRequest, given: ChangeSet) -> tuple[editing.Outcome | None, dict[str, Any] | None]:
    try:
        return KINDS[given.kind].look(given, request.at), None
    except Problem as problem:
        # What stands in the way is of the author's rows; another person is told its name and words alone.
        told = problem.as_dict()
        own = given.author_id == request.caller.user_id
        return None, told if own else {name: told[name] for name in ("code", "status", "title", "title_en", "detail", "detail_en")}


def _by_item(items: Sequence[ChangeItem], outcome: editing.Outcome | None) -> dict[int, dict[str, Any]]:
    """The feature that each edit would make."""
    if outcome is None:
        return {}
    made = {(one["layer"], one["id"]): one for one in outcome.features}
    return {item.pk: made[done.layer, done.fid] for item, done in zip(items, outcome.done, strict=False) if (done.layer, done.fid) in made}


def _item(item: ChangeItem, given: ChangeSet, scope: Scope, after: dict[str, Any] | None) -> dict[str, Any]:
    own = given.author_id == scope.user_id
    published = given.status == "published"
    before = item.before if published else _now(item, scope)
    after = item.after if published else after or _meant(item, before)
    edit = item.edit if own else {**item.edit, "properties": _of_visible(item, scope)}
    return {
        "item": item.pk,
        "edit": edit,
        "record": item.record,
        "before": shown(scope, item.layer, before),
        "after": None if item.op == "delete" else shown(scope, item.layer, after),
        "conflict": None if published else _conflict(item, scope),
    }


def _of_visible(item: ChangeItem, scope: Scope) -> dict[str, Any]:
    layer = registry.get(item.layer)
    known = {field.name for field in layer.fields if scope.may(field.see)} if layer else set()
    return {name: value for name, value in (item.edit.get("properties") or {}).items() if name in known}


def _now(item: ChangeItem, scope: Scope) -> dict[str, Any] | None:
    try:
        return None if item.fid is None else query.feature(opened(item.layer, scope), item.fid)
    except NOT_FOUND:
        return None


def _meant(item: ChangeItem, before: dict[str, Any] | None) -> dict[str, Any]:
    """What the edit says by itself, where it cannot be tried out."""
    standing = before or {"type": "Feature", "id": item.fid or 0, "properties": {}, "geometry": None}
    properties = {**standing["properties"], **(item.edit.get("properties") or {})}
    return {**standing, "properties": properties, "geometry": item.edit.get("geometry") or standing["geometry"]}


def _conflict(item: ChangeItem, scope: Scope) -> dict[str, Any] | None:
    """What somebody else has changed beneath an edit that waits; None where nothing has."""
    if item.fid is None or item.op == "restore":
        return None
    try:
        found = conflicts.against(opened(item.layer, scope), edits.from_json(item.edit))
    except NOT_FOUND:
        return {"clashes": [], "theirs": [], "mergeable": False, "deleted": True}
    if not found.theirs and not found.clashes:
        return None
    return {"clashes": list(found.clashes), "theirs": list(found.theirs), "mergeable": found.mergeable, "deleted": False}
