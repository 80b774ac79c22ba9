"""What is to be done, step by step: playbooks that a case arms, steps that are done with evidence or skipped with a reason, and what came of it.

A step is taken once: what was done stands in the case's sequence. It refuses evidence that is missing, a choice that is none of the step's,
a step on a way that was not taken, and a decision beyond the authority of whoever makes it.
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from geo.acting import acting
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents import lifecycle
from incidents.guidance import arming, notices, steps
from incidents.guidance.steps import BAD_PLAYBOOK, NAME, Standing, Taken
from incidents.models import Entry, Incident, Notice, Opinion, Playbook, Run, RunStep
from layers import query
from layers.access import Scope, opened
from layers.upkeep import photos

EVENT = "incident.playbook"
LONGEST_NOTE = 2_000
LARGEST_FILE = 400_000
MOST_PLAYBOOKS = 100
MOST_EVIDENCE = 20
UNDO_S = 10
# Who may decide what is beyond an operator's authority.
DECIDES = "give_opinions"

EVIDENCE_NEEDED = define("evidence_needed", 422, "Bước này cần ghi kết quả", "This step needs what was found")
NOT_A_CHOICE = define("not_a_choice", 422, "Không có lựa chọn này", "The step has no such choice")
TAKEN = define("step_taken", 409, "Bước này đã xong", "This step has been taken")
NOT_OPEN = define("step_not_open", 409, "Chưa đến bước này", "This step is not open")
BY_ITSELF = define("step_by_itself", 409, "Bước này tự xong", "This step is done by itself")
BEYOND = define("beyond_authority", 403, "Quyết định này vượt thẩm quyền, cần xin ý kiến", "This decision is beyond your authority: ask for an opinion")
STEP_KEPT = define("step_kept", 409, "Không hoàn tác được bước này", "This step cannot be taken back")


# ---- what a city has decided


def load(path: Path) -> list[Playbook]:
    """The playbooks of a TOML file as the next version of each, where anything differs from the one in force. Raises BAD_PLAYBOOK."""
    try:
        raw = path.read_bytes()
        if len(raw) > LARGEST_FILE:
            raise BAD_PLAYBOOK(f"Tệp tối đa {LARGEST_FILE:,} byte.", f"A file of at most {LARGEST_FILE:,} bytes.")
        given = tomllib.loads(raw.decode("utf-8"))["playbooks"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, RecursionError) as error:
        raise BAD_PLAYBOOK("Không đọc được tệp.", f"The file cannot be read: {type(error).__name__}.") from error
    if not isinstance(given, list) or len(given) > MOST_PLAYBOOKS or not all(isinstance(one, dict) for one in given):
        raise BAD_PLAYBOOK(f"Danh sách tối đa {MOST_PLAYBOOKS} kịch bản.", f"A list of at most {MOST_PLAYBOOKS} playbooks.")
    checked = [_checked(one) for one in given]
    if len({one["slug"] for one in checked}) != len(checked):
        raise BAD_PLAYBOOK("Hai kịch bản cùng mã.", "Two playbooks have the same slug.")
    return [_next_version(one) for one in checked]


def _next_version(given: dict[str, Any]) -> Playbook:
    standing = Playbook.objects.filter(slug=given["slug"]).order_by("-version").first()
    if standing is not None and all(getattr(standing, name) == value for name, value in given.items()) and standing.active:
        return standing
    Playbook.objects.filter(slug=given["slug"]).update(active=False)
    return Playbook.objects.create(**given, version=standing.version + 1 if standing else 1)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    slug = given.get("slug")
    named = all(isinstance(given.get(name), str) and 0 < len(given[name]) <= steps.LONGEST_TITLE // 2 for name in ("vi", "en"))
    if not isinstance(slug, str) or not NAME.match(slug) or not named or not given.keys() <= {"slug", "vi", "en", "trigger", "steps"}:
        raise BAD_PLAYBOOK(f"{str(slug)[:60]!r}: mã hoặc tên sai.", f"{str(slug)[:60]!r}: the slug or the titles are wrong.")
    trigger = arming.checked(slug, given.get("trigger", {}))
    return {"slug": slug, "title_vi": given["vi"], "title_en": given["en"], "trigger": trigger, "steps": steps.checked(slug, given.get("steps"))}


def fitting(incident: Incident) -> list[Playbook]:
    """The playbooks in force that a case of this category, severity and place arms."""
    return [one for one in Playbook.objects.filter(active=True).order_by("slug") if arming.fits(one.trigger, incident)]


def arm_fitting(*, incident: Incident, by: User | None, at: datetime) -> None:
    """Arm what fits a case that was just reported, placed or verified, within `acting`; what is armed already, in any version, stays as it is."""
    armed = set(Run.objects.filter(incident=incident).values_list("playbook__slug", flat=True))
    for playbook in fitting(incident):
        if playbook.slug not in armed:
            Run.objects.get_or_create(incident=incident, playbook=playbook, defaults={"armed_at": at, "by": by})


def arm(*, incident_id: int, slug: str, scope: Scope, by: User, at: datetime) -> list[dict[str, Any]]:
    """Arm a playbook by hand; one that runs already, in any version, is left alone. Raises NOT_FOUND."""
    with acting(by=by, because=f"playbook {slug} for case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        playbook = Playbook.objects.filter(slug=slug, active=True).first()
        if playbook is None:
            raise NOT_FOUND()
        if not Run.objects.filter(incident=incident, playbook__slug=slug).exists():
            Run.objects.create(incident=incident, playbook=playbook, armed_at=at, by=by)
            lifecycle.append(incident=incident, kind="playbook", to=incident.status, event=EVENT, by=by, at=at, note=playbook.title_vi, data={"playbook": slug})
    return runs_of(incident_id)


def move_on(*, incident_id: int, slug: str, scope: Scope, by: User, at: datetime) -> list[dict[str, Any]]:
    """Go on by the version in force: what was done in steps that it still has counts, and the older run stays readable. Raises NOT_FOUND."""
    with acting(by=by, because=f"newest version of {slug} for case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        run = run_of(incident, slug)
        newest = Playbook.objects.filter(slug=slug, active=True).first()
        if newest is None or newest.pk == run.playbook_id:
            raise NOT_FOUND("Không có phiên bản mới hơn.", "There is no newer version.")
        made = Run.objects.create(incident=incident, playbook=newest, armed_at=run.armed_at, by=by)
        kinds = {step["code"]: step for step in newest.steps}
        for row in run.taken.all():
            step, was = kinds.get(row.code), run.step(row.code)
            values = [one["value"] for one in (step or {}).get("choices", [])]
            if step is not None and was is not None and step["kind"] == was["kind"] and (not row.choice or row.choice in values):
                kept = {name: getattr(row, name) for name in ("code", "status", "at", "by", "note", "choice", "answers", "evidence")}
                RunStep.objects.create(run=made, **kept)
        for asked in (Notice, Opinion):
            asked.objects.filter(run=run, step__in=list(kinds)).update(run=made)  # type: ignore[attr-defined]
        run.moved_to = made
        run.save(update_fields=["moved_to"])
        data = {"playbook": slug, "from": run.playbook.version, "to": newest.version}
        note = f"{newest.title_vi}: v{run.playbook.version} → v{newest.version}"
        lifecycle.append(incident=incident, kind="playbook", to=incident.status, event=EVENT, by=by, at=at, note=note, data=data)
    return runs_of(incident_id)


# ---- taking a step


@dataclass(frozen=True)
class Told:
    """What whoever takes a step says of it."""

    status: str = "done"
    note: str = ""
    choice: str = ""
    answers: dict[str, Any] = field(default_factory=dict)
    evidence: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Taking:
    """One step of one run as it is being taken, within `acting` and with its case locked."""

    incident: Incident
    run: Run
    step: dict[str, Any]
    told: Told
    scope: Scope
    by: User
    at: datetime


def run_of(incident: Incident, slug: str) -> Run:
    run = Run.objects.select_related("playbook").filter(incident=incident, playbook__slug=slug, moved_to=None).order_by("-pk").first()
    if run is None:
        raise NOT_FOUND()
    return run


def take(*, incident_id: int, slug: str, code: str, told: Told, scope: Scope, by: User, at: datetime) -> list[dict[str, Any]]:
    """A step is done or begun, or skipped with a reason. Raises NOT_FOUND, TAKEN, NOT_OPEN, BY_ITSELF, BEYOND, EVIDENCE_NEEDED, NOT_A_CHOICE, BAD_ANSWERS."""
    with acting(by=by, because=f"step {code} of {slug} for case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        run = run_of(incident, slug)
        step = run.step(code)
        if step is None or told.status not in ("done", "skipped"):
            raise NOT_FOUND()
        taking = Taking(incident, run, step, _trimmed(told), scope, by, at)
        check_open(run, code, skipping=told.status == "skipped")
        status, kept = ("skipped", _skipped(taking)) if told.status == "skipped" else TAKES[step["kind"]](taking)
        RunStep.objects.update_or_create(run=run, code=code, defaults={"status": status, "at": at, "by": by, "note": taking.told.note, **kept})
        record(incident=incident, run=run, step=step, status=status, note=taking.told.note, choice=kept.get("choice", ""), by=by, at=at)
    return runs_of(incident_id)


def _trimmed(told: Told) -> Told:
    return Told(told.status, told.note.strip().replace("\0", "")[:LONGEST_NOTE], told.choice, told.answers, told.evidence[:MOST_EVIDENCE])


def record(*, incident: Incident, run: Run, step: dict[str, Any], status: str, note: str, choice: str, by: User | None, at: datetime) -> Entry:
    """What became of a step, into the case's sequence. Within `acting`, the case locked."""
    data = {"playbook": run.playbook.slug, "step": step["code"], "status": status, "choice": choice}
    words = f"{step['vi']}: {note}" if note else step["vi"]
    return lifecycle.append(incident=incident, kind="step", to=incident.status, event=EVENT, by=by, at=at, note=words, data=data)


def check_open(run: Run, code: str, *, skipping: bool = False) -> None:
    """Whether a step is to be taken now. What has begun may still be skipped. Raises NOT_OPEN or TAKEN, which says who."""
    standing = steps.standings(run.playbook.steps, run.armed_at, taken_of(run))[code]
    if standing.state in ("later", "off"):
        raise NOT_OPEN(step=code, state=standing.state)
    made = RunStep.objects.select_related("by").filter(run=run, code=code).first()
    if made is None or (made.status == "begun" and skipping):
        return
    who = name_of(made.by) or "—"
    raise TAKEN(f"{who} đã làm.", f"{who} has done it.", at=made.at.isoformat(), by=who)


def _skipped(taking: Taking) -> dict[str, Any]:
    if not taking.told.note:
        raise EVIDENCE_NEEDED("Ghi lý do bỏ qua.", "Say why it is skipped.", step=taking.step["code"])
    _withdraw(taking.run, taking.step["code"], taking.at)
    return {}


def _withdraw(run: Run, code: str, at: datetime) -> None:
    """Take back what the step has asked of others, as far as nobody has answered."""
    Notice.objects.filter(run=run, step=code, acknowledged_at=None, withdrawn_at=None).update(withdrawn_at=at)
    Opinion.objects.filter(run=run, step=code, answered_at=None, withdrawn_at=None, expired_at=None).update(withdrawn_at=at)


Outcome = tuple[str, dict[str, Any]]


def _done(taking: Taking) -> Outcome:
    """Done by hand, with what the step wants to see."""
    wanted = taking.step.get("evidence", False)
    kinds = wanted if isinstance(wanted, list) else ["note"] if wanted else []
    shown = _shown(taking)
    missing = [kind for kind in kinds if kind != "note" and kind not in {one["kind"] for one in shown}]
    if missing or ("note" in kinds and not taking.told.note):
        raise EVIDENCE_NEEDED(f"Cần: {', '.join(missing) or 'kết quả'}.", f"Needed: {', '.join(missing) or 'what was found'}.", step=taking.step["code"])
    return "done", {"evidence": shown}


def _shown(taking: Taking) -> list[dict[str, Any]]:
    """The evidence as it is kept: each piece exists and whoever shows it sees it. Raises NOT_FOUND."""
    return [_piece(one, taking) for one in taking.told.evidence]


def _piece(one: dict[str, Any], taking: Taking) -> dict[str, Any]:
    kind, layer, fid, number = one.get("kind"), str(one.get("layer", "")), one.get("fid"), one.get("id")
    if kind == "entry" and isinstance(number, int) and Entry.objects.filter(pk=number, incident=taking.incident).exists():
        return {"kind": kind, "id": number}
    if kind == "feature" and isinstance(fid, int):
        query.feature(opened(layer, taking.scope), fid)
        return {"kind": kind, "layer": layer, "fid": fid}
    if kind == "photo" and isinstance(fid, int) and number in [photo["id"] for photo in photos.listed(slug=layer, fid=fid, scope=taking.scope)]:
        return {"kind": kind, "layer": layer, "fid": fid, "id": number}
    raise NOT_FOUND("Không có minh chứng này.", "There is no such evidence.")


def _decided(taking: Taking) -> Outcome:
    step, choice = taking.step, taking.told.choice
    if choice not in [one["value"] for one in step["choices"]]:
        raise NOT_A_CHOICE(step=step["code"])
    if step.get("authority") == "leader" and not taking.scope.may(DECIDES):
        raise BEYOND(step=step["code"])
    status, kept = _done(taking)
    return status, {**kept, "choice": choice}


def _told_others(taking: Taking) -> Outcome:
    notices.tell(incident=taking.incident, run=taking.run, step=taking.step, by=taking.by, at=taking.at)
    return "begun", {}


def _filled(taking: Taking) -> Outcome:
    kept = steps.answers(taking.step, taking.told.answers)
    status, shown = _done(taking)
    return status, {**shown, "answers": kept}


def _sent_outside(taking: Taking) -> Outcome:
    """A unit that this city does not know was sent: told by hand, and in words."""
    if not taking.told.note:
        raise BY_ITSELF("Điều lực lượng thì bước này tự xong; nếu điều ngoài hệ thống, ghi rõ.", "Dispatch a unit, or say who was sent outside the system.")
    return _done(taking)


def _waited(taking: Taking) -> Outcome:
    raise BY_ITSELF()


TAKES: dict[str, Callable[[Taking], Outcome]] = {
    "manual": _done,
    "decide": _decided,
    "notify": _told_others,
    "dispatch": _sent_outside,
    "task": _told_others,
    "map": _done,
    "form": _filled,
    "wait": _waited,
}


def undo(*, incident_id: int, slug: str, code: str, scope: Scope, by: User, at: datetime) -> list[dict[str, Any]]:
    """Take a step back within ten seconds, by whoever took it, while nothing followed from it. Raises NOT_FOUND or STEP_KEPT."""
    with acting(by=by, because=f"undo of step {code} of {slug} for case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        run = run_of(incident, slug)
        step, row = run.step(code), RunStep.objects.filter(run=run, code=code).first()
        if step is None or row is None:
            raise NOT_FOUND()
        followed = {one["when"]["step"] for one in run.playbook.steps if "when" in one and run.taken.filter(code=one["code"]).exists()}
        heard = Notice.objects.filter(run=run, step=code, acknowledged_at__isnull=False).exists()
        if row.by_id != by.pk or at - row.at > timedelta(seconds=UNDO_S) or code in followed or heard:
            raise STEP_KEPT(f"Chỉ hoàn tác được trong {UNDO_S} giây, bởi người đã làm, khi chưa có bước sau.", f"Within {UNDO_S} s, by whoever took it.")
        _withdraw(run, code, at)
        row.delete()
        record(incident=incident, run=run, step=step, status="undone", note="", choice="", by=by, at=at)
    return runs_of(incident_id)


# ---- where runs stand


def taken_of(run: Run) -> dict[str, Taken]:
    """What became of each step of a run."""
    return {one.code: Taken(one.status, one.at, one.choice) for one in run.taken.all()}


def runs_of(incident_id: int) -> list[dict[str, Any]]:
    """The playbooks of a case with what became of each step and by when it is due. Whoever calls has seen the case."""
    found = list(Run.objects.filter(incident_id=incident_id, moved_to=None).select_related("playbook").prefetch_related("taken__by").order_by("pk"))
    newer = dict(Playbook.objects.filter(active=True, slug__in=[run.playbook.slug for run in found]).values_list("slug", "version"))
    told = notices.of_case(incident_id)
    return [_run(run, newer.get(run.playbook.slug, 0), told) for run in found]


def open_steps(incidents: list[int]) -> dict[int, list[tuple[dict[str, Any], Standing]]]:
    """Of each of some cases the steps that wait to be taken or answered, in the order of their playbooks."""
    found: dict[int, list[tuple[dict[str, Any], Standing]]] = {}
    for run in Run.objects.filter(incident_id__in=incidents, moved_to=None).select_related("playbook").prefetch_related("taken").order_by("pk"):
        standings = steps.standings(run.playbook.steps, run.armed_at, taken_of(run))
        waiting = [(step, standings[step["code"]]) for step in run.playbook.steps if standings[step["code"]].state in ("todo", "begun")]
        found.setdefault(run.incident_id, []).extend(waiting)
    return found


def _run(run: Run, newest: int, told: dict[tuple[int | None, str], list[dict[str, Any]]]) -> dict[str, Any]:
    taken, standings = {one.code: one for one in run.taken.all()}, steps.standings(run.playbook.steps, run.armed_at, taken_of(run))
    return {
        "slug": run.playbook.slug,
        "version": run.playbook.version,
        "newer": newest if newest > run.playbook.version else None,
        "title": {"vi": run.playbook.title_vi, "en": run.playbook.title_en},
        "armed_at": run.armed_at,
        "steps": [
            {**_step(step, standings[step["code"]], taken.get(step["code"])), "notices": told.get((run.pk, step["code"]), [])} for step in run.playbook.steps
        ],
    }


OWN_WORDS = ("role", "skills", "modes", "layer", "zoom", "tool", "minutes", "mode", "fields", "for_s", "until", "when")


def _step(step: dict[str, Any], standing: Standing, taken: RunStep | None) -> dict[str, Any]:
    wanted = step.get("evidence", False)
    return {
        "code": step["code"],
        "kind": step["kind"],
        "title": {"vi": step["vi"], "en": step["en"]},
        "who": step.get("who", ""),
        "evidence": bool(wanted),
        "evidence_kinds": wanted if isinstance(wanted, list) else ["note"] if wanted else [],
        "choices": step.get("choices", []),
        "authority": step.get("authority", "operator"),
        "opened_at": standing.opened_at,
        "due_at": standing.due_at,
        "status": standing.state,
        "at": taken.at if taken else None,
        "by": name_of(taken.by) if taken else None,
        "note": taken.note if taken else "",
        "choice": taken.choice if taken else "",
        "answers": taken.answers if taken else {},
        "shown": taken.evidence if taken else [],
        **{name: step[name] for name in OWN_WORDS if name in step},
        # Late is what was due before it was done; of what is still to do, the reader's clock says it.
        "late": bool(taken and standing.due_at and taken.at > standing.due_at),
    }


def name_of(user: User | None) -> str | None:
    """How a person is called where only names are shown."""
    return (user.display_name or user.username) if user else None
