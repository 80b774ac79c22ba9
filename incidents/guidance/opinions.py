"""Xin ý kiến: a decision that is beyond whoever handles a case, asked of a leader by a time, and the answer on record with who, when and in which words.

Nobody answers their own question. When the time is over and nobody has answered, the next in the order is asked too; who was asked before may
still answer, and the first answer is the answer. When nobody is left the question is over: whoever asked decides by what they may, or asks again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from geo.acting import acting
from geo.errors import NOT_FOUND, define
from geo.models import User
from incidents import alarms, lifecycle
from incidents.guidance import notices, playbooks, steps
from incidents.models import Entry, Incident, Opinion, Run, RunStep
from layers import query
from layers.access import Scope, opened

EVENT = "incident.opinion"
ASKED, UNANSWERED = "opinion_asked", "opinion_unanswered"
USUAL_S, SHORTEST_S, LONGEST_S = 600, 30, 86_400
LONGEST_WORDS = 2_000
MOST_OPTIONS = 12
MOST_LISTED = 200
PENDING = Q(answered_at=None, withdrawn_at=None, expired_at=None)

BAD_QUESTION = define("bad_question", 422, "Câu hỏi chưa dùng được", "The question cannot be asked so")
NOBODY_TO_ASK = define("nobody_to_ask", 409, "Không có lãnh đạo nào để xin ý kiến", "There is nobody to ask")
PENDING_ALREADY = define("opinion_pending", 409, "Đang chờ ý kiến về việc này", "An opinion on this is being waited for")
OWN_QUESTION = define("own_question", 403, "Không tự trả lời câu hỏi của mình", "Nobody answers their own question")
ANSWERED = define("opinion_answered", 409, "Đã có ý kiến", "It has been answered")
OVER = define("opinion_over", 409, "Câu hỏi đã hết hạn hoặc đã rút", "The question is over or was withdrawn")
NO_ANSWER = define("no_answer", 422, "Chọn một phương án hoặc ghi ý kiến", "Choose an option or say it in words")


def ask(
    *,
    incident_id: int,
    question: str,
    options: Sequence[dict[str, str]],
    whom: int | None,
    within_s: int,
    scope: Scope,
    by: User,
    at: datetime,
    slug: str = "",
    step: str = "",
) -> dict[str, Any]:
    """Ask for an opinion on a case, or for the decision of a step. Raises NOT_FOUND, BAD_QUESTION, NOBODY_TO_ASK, PENDING_ALREADY."""
    with acting(by=by, because=f"opinion on case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        run, step_row = _step(incident, slug, step) if step else (None, None)
        words = question.strip().replace("\0", "") or (step_row["vi"] if step_row else "")
        choices = list(step_row["choices"]) if step_row else list(options)
        if not words or len(words) > LONGEST_WORDS or not SHORTEST_S <= within_s <= LONGEST_S or (choices and not steps.are_choices(choices)):
            raise BAD_QUESTION(
                f"Câu hỏi 1–{LONGEST_WORDS} ký tự, 0 hoặc 2–{MOST_OPTIONS} phương án, hạn {SHORTEST_S}–{LONGEST_S} s.",
                f"1–{LONGEST_WORDS} characters, none or 2–{MOST_OPTIONS} options, within {SHORTEST_S}–{LONGEST_S} s.",
            )
        order = _order(incident, whom, by, at)
        try:
            with transaction.atomic():
                made = Opinion.objects.create(
                    incident=incident, run=run, step=step, question=words, options=choices, about=notices.about(incident), asked_at=at, asked_by=by,
                    span_s=within_s, due_at=at + timedelta(seconds=within_s), order=order, reached=[{"user": order[0], "at": at.isoformat()}],
                )  # fmt: skip
        except IntegrityError as error:
            raise PENDING_ALREADY() from error
        if run is not None:
            RunStep.objects.create(run=run, code=step, status="begun", at=at, by=by)
        _record(made, "asked", words, by, at)
        if not incident.exercise:
            # Without the case: leaders are asked about cases that they do not see.
            alarms.raise_alarm(kind=ASKED, subject=_subject(made), at=at, due_at=made.due_at, data={"opinion": made.pk, "code": incident.code})
        _clear_unanswered(incident.pk, at)
    return told(made, by)


def _step(incident: Incident, slug: str, code: str) -> tuple[Run, dict[str, Any]]:
    """The step that is to be decided, when it is open. Raises NOT_FOUND, TAKEN or NOT_OPEN."""
    run = playbooks.run_of(incident, slug)
    step = run.step(code)
    if step is None or step["kind"] != "decide":
        raise NOT_FOUND()
    if Opinion.objects.filter(PENDING, run=run, step=code).exists():
        raise PENDING_ALREADY()
    playbooks.check_open(run, code)
    return run, step


def _order(incident: Incident, whom: int | None, by: User, at: datetime) -> list[int]:
    """Who is asked, one after another: the one who was named, then the others who may decide. Raises NOT_FOUND or NOBODY_TO_ASK."""
    able = [person.pk for person in notices.leaders(incident=incident, at=at) if person.pk != by.pk]
    if whom is not None and whom not in able:
        raise NOT_FOUND("Người này không cho ý kiến được.", "This person cannot be asked.")
    if not able:
        raise NOBODY_TO_ASK()
    return able if whom is None else [whom, *(number for number in able if number != whom)]


def answer(*, opinion_id: int, choice: str, words: str, by: User, at: datetime) -> dict[str, Any]:
    """Say what is to be done. Raises NOT_FOUND to who was not asked, OWN_QUESTION, ANSWERED (by whom), OVER, NO_ANSWER."""
    with acting(by=by, because=f"opinion {opinion_id}"):
        row, incident = _locked(opinion_id)
        if row.asked_by_id == by.pk:
            raise OWN_QUESTION()
        if by.pk not in row.order:
            raise NOT_FOUND()
        _check_pending(row, at)
        said = words.strip().replace("\0", "")[:LONGEST_WORDS]
        if choice and choice not in [one["value"] for one in row.options]:
            raise playbooks.NOT_A_CHOICE()
        if (row.options and not choice) or not (choice or said):
            raise NO_ANSWER()
        row.answered_at, row.answered_by, row.answer, row.words = at, by, choice, said
        row.save(update_fields=["answered_at", "answered_by", "answer", "words"])
        if row.run_id:
            RunStep.objects.filter(run_id=row.run_id, code=row.step, status="begun").update(status="done", choice=choice, note=said, at=at, by=by)
        chosen = next((one["vi"] for one in row.options if one["value"] == choice), "")
        _record(row, "answered", ": ".join(part for part in (chosen, said) if part), by, at)
        alarms.clear(kind=ASKED, subject=_subject(row), at=at, because="the opinion was given")
    return told(row, by)


def withdraw(*, opinion_id: int, scope: Scope, by: User, at: datetime) -> dict[str, Any]:
    """Take a question back: whoever handles the case. Raises NOT_FOUND, ANSWERED or OVER."""
    with acting(by=by, because=f"opinion {opinion_id} withdrawn"):
        standing = Opinion.objects.filter(pk=opinion_id).first() if 0 < opinion_id < 2**63 else None
        if standing is None:
            raise NOT_FOUND()
        lifecycle.locked(standing.incident_id, scope)
        row, _ = _locked(opinion_id)
        _check_pending(row, at)
        _end(row, "withdrawn", by, at)
    return told(row, by)


def _locked(opinion_id: int) -> tuple[Opinion, Incident]:
    """The case first, then the question: the order in which everybody locks."""
    number = Opinion.objects.filter(pk=opinion_id).values_list("incident_id", flat=True).first() if 0 < opinion_id < 2**63 else None
    if number is None:
        raise NOT_FOUND()
    incident = Incident.objects.select_for_update().get(pk=number)
    return Opinion.objects.select_for_update(of=("self",)).select_related("asked_by", "answered_by").get(pk=opinion_id), incident


def _check_pending(row: Opinion, at: datetime) -> None:
    if row.answered_at is not None:
        who = playbooks.name_of(row.answered_by) or ""
        raise ANSWERED(f"{who} đã cho ý kiến.", f"{who} has answered.", by=who, at=row.answered_at.isoformat())
    # Also where the clock has not come by yet.
    if row.withdrawn_at or row.expired_at or (row.due_at < at and len(row.reached) >= len(row.order)):
        raise OVER()


def _end(row: Opinion, how: str, by: User | None, at: datetime) -> None:
    """Withdrawn or expired: the step that it would have decided is open again. Within `acting`, case and question locked."""
    setattr(row, f"{how}_at", at)
    row.save(update_fields=[f"{how}_at"])
    if row.run_id:
        RunStep.objects.filter(run_id=row.run_id, code=row.step, status="begun").delete()
    _record(row, how, row.question, by, at)
    alarms.clear(kind=ASKED, subject=_subject(row), at=at, because=f"the question was {how}")


def _record(row: Opinion, status: str, note: str, by: User | None, at: datetime) -> Entry:
    incident = row.incident
    incident.refresh_from_db()
    data = {"opinion": row.pk, "status": status, "choice": row.answer}
    return lifecycle.append(incident=incident, kind="opinion", to=incident.status, event=EVENT, by=by, at=at, note=note, data=data)


def _subject(row: Opinion) -> str:
    return f"opinion:{row.pk}"


def _clear_unanswered(incident_id: int, at: datetime) -> None:
    alarms.clear_case(incident=incident_id, at=at, kinds=[UNANSWERED], because="asked again, or the case has ended")


def tick(at: datetime) -> int:
    """Ask the next where the time is over, end what nobody is left to answer, take back what was asked of a case that has ended. Returns how many moved."""
    moved = 0
    late = Opinion.objects.filter(PENDING).filter(Q(due_at__lt=at) | Q(incident__closed_at__isnull=False))
    for number in list(late.values_list("pk", flat=True)):
        with acting(by=None, because=f"the time of opinion {number} is over"):
            row, incident = _locked(number)
            if row.answered_at or row.withdrawn_at or row.expired_at:
                continue
            moved += 1
            if incident.closed_at is not None:
                _end(row, "withdrawn", None, at)
            elif len(row.reached) < len(row.order):
                _reach_next(row, at)
            else:
                _end(row, "expired", None, at)
                alarms.raise_alarm(kind=UNANSWERED, incident=incident, subject=_subject(row), at=at, data={"opinion": row.pk, "question": row.question[:200]})
    return moved


def _reach_next(row: Opinion, at: datetime) -> None:
    """However late the clock comes, the next one has the whole time."""
    row.reached = [*row.reached, {"user": row.order[len(row.reached)], "at": at.isoformat()}]
    row.due_at = at + timedelta(seconds=row.span_s)
    row.save(update_fields=["reached", "due_at"])
    person = User.objects.get(pk=row.reached[-1]["user"])
    _record(row, "escalated", f"→ {playbooks.name_of(person)}", None, at)


# ---- reads


def told(row: Opinion, reader: User | None = None) -> dict[str, Any]:
    """A question as it is shown, with everybody whom it has reached."""
    people = {person.pk: playbooks.name_of(person) for person in User.objects.filter(pk__in=[one["user"] for one in row.reached])}
    pending = row.answered_at is None and row.withdrawn_at is None and row.expired_at is None
    return {
        "id": row.pk,
        "incident_id": row.incident_id,
        "step": row.step,
        "question": row.question,
        "options": row.options,
        "about": row.about,
        "asked_at": row.asked_at,
        "asked_by": playbooks.name_of(row.asked_by),
        "due_at": row.due_at,
        "reached": [{"name": people.get(one["user"]), "at": one["at"]} for one in row.reached],
        "left": len(row.order) - len(row.reached),
        "status": "pending" if pending else "answered" if row.answered_at else "withdrawn" if row.withdrawn_at else "expired",
        "answered_at": row.answered_at,
        "answered_by": playbooks.name_of(row.answered_by),
        "answer": row.answer,
        "words": row.words,
        # Whether it is this reader's to answer now.
        "mine": bool(pending and reader is not None and reader.pk in row.order and reader.pk != row.asked_by_id),
    }


def of_case(incident_id: int) -> list[dict[str, Any]]:
    """What was asked on a case, newest first. Whoever calls has seen the case."""
    return [told(row) for row in _all().filter(incident_id=incident_id)]


def listed(*, scope: Scope, reader: User) -> list[dict[str, Any]]:
    """What was asked of this person, and, for who handles cases, what was asked on those that they see; what is pending first."""
    asked = _all().filter(order__contains=[reader.pk]) if scope.may(playbooks.DECIDES) else Opinion.objects.none()
    found = {row.pk: row for row in asked[:MOST_LISTED]}
    if scope.may("handle_cases"):
        rows = list(_all()[:MOST_LISTED])
        seen = query.some(opened("incidents", scope), [row.incident_id for row in rows])
        found |= {row.pk: row for row in rows if row.incident_id in seen}
    shown = [told(row, reader) for row in found.values()]
    return sorted(shown, key=lambda one: (one["status"] != "pending", not one["mine"], -one["id"]))


def _all() -> Any:
    return Opinion.objects.select_related("asked_by", "answered_by").order_by("-asked_at", "-pk")
