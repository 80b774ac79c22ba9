"""Refusals over HTTP: the one place where a Problem becomes an RFC 9457 answer."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from geo.errors import Problem


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as application/problem+json, with the request's id."""
    body = {**problem.as_dict(), "request_id": getattr(request, "request_id", "")}
    response = JsonResponse(body, status=problem.status, content_type="application/problem+json", json_dumps_params={"ensure_ascii": False})
    if "retry_after_s" in problem.extra:
        response["Retry-After"] = str(problem.extra["retry_after_s"])
    return response


def answering(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A plain view whose refusals become problems."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        try:
            return view(request, *args, **named)
        except Problem as problem:
            return answer(request, problem)

    return guarded
