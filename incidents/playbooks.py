"""What is to be done, step by step: playbooks that a case arms, steps that are done with evidence or skipped with a reason, and what came of it.

A step is taken once: what was done stands in the case's sequence. It refuses evidence that is missing and a choice that is none of the step's.
"""

import re
import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from geo.acting import acting
from geo.city import CITY
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents import lifecycle
from incidents.models import Incident, Playbook, Run, RunStep
from layers.access import Scope

EVENT = "incident.playbook"
KINDS = ("manual", "decide", "notify", "dispatch", "task", "map", "form", "wait")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
LONGEST_NOTE = 2_000
STEP_KEYS = frozenset({"code", "kind", "vi", "en", "who", "due_s", "evidence", "choices"})

BAD_PLAYBOOK = define("bad_playbook", 422, "Kịch bản không dùng được", "The playbook cannot be used")
EVIDENCE_NEEDED = define("evidence_needed", 422, "Bước này cần ghi kết quả", "This step needs what was found")
NOT_A_CHOICE = define("not_a_choice", 422, "Không có lựa chọn này", "The step has no such choice")
TAKEN = define("step_taken", 409, "Bước này đã xong", "This step has been taken")


def load(path: Path) -> list[Playbook]:
    """The playbooks of a TOML file as the next version of each, where anything differs from the one in force. Raises BAD_PLAYBOOK."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))["playbooks"]
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise BAD_PLAYBOOK("Không đọc được tệp.", f"The file cannot be read: {type(error).__name__}.") from error
    return [_next_version(_checked(one)) for one in given]


def _next_version(given: dict[str, Any]) -> Playbook:
    standing = Playbook.objects.filter(slug=given["slug"]).order_by("-version").first()
    if standing is not None and all(getattr(standing, name) == value for name, value in given.items()) and standing.active:
        return standing
    Playbook.objects.filter(slug=given["slug"]).update(active=False)
    return Playbook.objects.create(**given, version=standing.version + 1 if standing else 1)


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    slug, steps, trigger = str(given.get("slug", "")), given.get("steps", []), given.get("trigger", {})
    codes = [step.get("code") for step in steps]
    unknown = set(trigger.get("categories", ())) - set(CITY.categories)
    if not NAME.match(slug) or not steps or unknown or len(set(codes)) != len(codes):
        raise BAD_PLAYBOOK(f"{slug!r}: mã, bước hoặc loại vụ sai.", f"{slug!r}: slug, steps or categories are wrong ({', '.join(sorted(unknown))}).")
    for step in steps:
        decides = step.get("kind") == "decide"
        if not step.keys() <= STEP_KEYS or step.get("kind") not in KINDS or not NAME.match(str(step.get("code"))) or decides != bool(step.get("choices")):
            raise BAD_PLAYBOOK(f"{slug}: bước {step.get('code')!r} sai.", f"{slug}: the step {step.get('code')!r} is wrong.")
    return {"slug": slug, "title_vi": given["vi"], "title_en": given["en"], "trigger": trigger, "steps": steps}


def fitting(incident: Incident) -> list[Playbook]:
    """The playbooks in force that a case of this category and severity arms."""
    return [one for one in Playbook.objects.filter(active=True).order_by("slug") if _fits(one, incident)]


def _fits(playbook: Playbook, incident: Incident) -> bool:
    categories, severity = playbook.trigger.get("categories", ()), playbook.trigger.get("severity_from", 1)
    return incident.category in categories and incident.severity >= severity


def arm_fitting(*, incident: Incident, by: User | None, at: datetime) -> None:
    """Arm what fits a case that was just reported or verified, within `acting`; what is armed already stays as it is."""
    for playbook in fitting(incident):
        Run.objects.get_or_create(incident=incident, playbook=playbook, defaults={"armed_at": at, "by": by})


def arm(*, incident_id: int, slug: str, scope: Scope, by: User, at: datetime) -> list[dict[str, Any]]:
    """Arm a playbook by hand. Raises NOT_FOUND."""
    with acting(by=by, because=f"playbook {slug} for case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        playbook = Playbook.objects.filter(slug=slug, active=True).first()
        if playbook is None:
            raise NOT_FOUND()
        _, fresh = Run.objects.get_or_create(incident=incident, playbook=playbook, defaults={"armed_at": at, "by": by})
        if fresh:
            lifecycle.append(incident=incident, kind="playbook", to=incident.status, event=EVENT, by=by, at=at, note=playbook.title_vi, data={"playbook": slug})
    return runs_of(incident_id)


def take(*, incident_id: int, slug: str, code: str, status: str, note: str, choice: str, scope: Scope, by: User, at: datetime) -> list[dict[str, Any]]:
    """A step is done, or skipped with a reason. Raises NOT_FOUND, TAKEN, EVIDENCE_NEEDED, NOT_A_CHOICE."""
    with acting(by=by, because=f"step {code} of {slug} for case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        run = Run.objects.select_related("playbook").filter(incident=incident, playbook__slug=slug).order_by("-pk").first()
        step = next((one for one in run.playbook.steps if one["code"] == code), None) if run else None
        if run is None or step is None or status not in ("done", "skipped"):
            raise NOT_FOUND()
        note = note.strip()[:LONGEST_NOTE]
        if not note and (status == "skipped" or step.get("evidence")):
            raise EVIDENCE_NEEDED("Ghi kết quả hoặc lý do.", "Say what was found, or why it is skipped.", step=code)
        if status == "done" and step["kind"] == "decide" and choice not in [one["value"] for one in step["choices"]]:
            raise NOT_A_CHOICE(step=code)
        made, fresh = RunStep.objects.get_or_create(run=run, code=code, defaults={"status": status, "at": at, "by": by, "note": note, "choice": choice})
        if not fresh:
            raise TAKEN(
                f"{made.by.display_name or made.by.username} đã làm.", f"{made.by.display_name or made.by.username} has done it.", at=made.at.isoformat()
            )
        told = {"playbook": slug, "step": code, "status": status, "choice": choice}
        lifecycle.append(
            incident=incident, kind="step", to=incident.status, event=EVENT, by=by, at=at, note=f"{step['vi']}: {note}" if note else step["vi"], data=told
        )
    return runs_of(incident_id)


def runs_of(incident_id: int) -> list[dict[str, Any]]:
    """The playbooks of a case with what became of each step and by when it is due. Whoever calls has seen the case."""
    found = Run.objects.filter(incident_id=incident_id).select_related("playbook").prefetch_related("taken__by").order_by("pk")
    return [_run(run) for run in found]


def _run(run: Run) -> dict[str, Any]:
    taken = {one.code: one for one in run.taken.all()}
    return {
        "slug": run.playbook.slug,
        "version": run.playbook.version,
        "title": {"vi": run.playbook.title_vi, "en": run.playbook.title_en},
        "armed_at": run.armed_at,
        "steps": [_step(step, run.armed_at, taken.get(step["code"])) for step in run.playbook.steps],
    }


def _step(step: dict[str, Any], armed_at: datetime, taken: RunStep | None) -> dict[str, Any]:
    due_at = armed_at + timedelta(seconds=step["due_s"]) if step.get("due_s") else None
    return {
        "code": step["code"],
        "kind": step["kind"],
        "title": {"vi": step["vi"], "en": step["en"]},
        "who": step.get("who", ""),
        "evidence": bool(step.get("evidence")),
        "choices": step.get("choices", []),
        "due_at": due_at,
        "status": taken.status if taken else "todo",
        "at": taken.at if taken else None,
        "by": (taken.by.display_name or taken.by.username) if taken else None,
        "note": taken.note if taken else "",
        "choice": taken.choice if taken else "",
        # Late is what was due before it was done; of what is still to do, the reader's clock says it.
        "late": bool(taken and due_at and taken.at > due_at),
    }
