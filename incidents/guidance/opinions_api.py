"""Opinions over HTTP: asked by who handles a case, answered by who was asked."""

from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from geo.signing import SIGNED_IN
from incidents.api import need_any
from incidents.guidance import notices, opinions, playbooks
from layers.access import need

router = Router(tags=["opinions"])


class OptionIn(Schema):
    """One way to decide."""

    value: str = Field(max_length=40)
    vi: str = Field(max_length=200)
    en: str = Field(max_length=200)


class QuestionIn(Schema):
    """What is asked, of whom first, within how many seconds; a step's own words and choices where it is a step's decision."""

    question: str = Field(default="", max_length=opinions.LONGEST_WORDS)
    options: list[OptionIn] = Field(default_factory=list, max_length=opinions.MOST_OPTIONS)
    whom: int | None = None
    within_s: int = opinions.USUAL_S
    playbook: str = Field(default="", max_length=40)
    step: str = Field(default="", max_length=40)


class AnswerIn(Schema):
    """Which option, and in which words."""

    choice: str = Field(default="", max_length=40)
    words: str = Field(default="", max_length=opinions.LONGEST_WORDS)


@router.post("/incidents/{incident_id}/opinions", auth=SIGNED_IN)
def ask(request: HttpRequest, incident_id: int, given: QuestionIn) -> dict[str, Any]:
    """Ask for an opinion."""
    by = need(request, "handle_cases")
    return opinions.ask(
        incident_id=incident_id,
        question=given.question,
        options=[option.dict() for option in given.options],
        whom=given.whom,
        within_s=given.within_s,
        slug=given.playbook,
        step=given.step,
        scope=request.caller,
        by=by,
        at=request.at,
    )


@router.get("/opinions", auth=SIGNED_IN)
def listed(request: HttpRequest) -> dict[str, Any]:
    """What was asked of the caller, and on the cases that the caller handles."""
    need_any(request, playbooks.DECIDES, "handle_cases")
    return {"items": opinions.listed(scope=request.caller, reader=request.user), "as_of": request.at}


@router.get("/opinions/people", auth=SIGNED_IN)
def people(request: HttpRequest) -> dict[str, Any]:
    """Who may be asked, in the order in which they are."""
    by = need(request, "handle_cases")
    return {"items": [{"id": one.pk, "name": playbooks.name_of(one)} for one in notices.leaders(at=request.at) if one.pk != by.pk]}


@router.post("/opinions/{opinion_id}/answer", auth=SIGNED_IN)
def answer(request: HttpRequest, opinion_id: int, given: AnswerIn) -> dict[str, Any]:
    """Say what is to be done."""
    by = need(request, playbooks.DECIDES)
    return opinions.answer(opinion_id=opinion_id, choice=given.choice, words=given.words, by=by, at=request.at)


@router.post("/opinions/{opinion_id}/withdraw", auth=SIGNED_IN)
def withdraw(request: HttpRequest, opinion_id: int) -> dict[str, Any]:
    """Take the question back."""
    by = need(request, "handle_cases")
    return opinions.withdraw(opinion_id=opinion_id, scope=request.caller, by=by, at=request.at)
