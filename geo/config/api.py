"""The JSON API put together: each room's router, the session, the city, and the one place where refusals become problems."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.db import connection
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import django_auth

from cameras.api import router as cameras_router
from geo import crs, events, guessing, problems
from geo.city import CITY
from geo.config.rendering import Renderer
from geo.errors import BAD_LOGIN, BAD_REQUEST, FORBIDDEN, NOT_SIGNED_IN, Problem
from geo.models import Token
from incidents.afterwards.handover_api import router as handover_router
from incidents.afterwards.reports_api import router as reports_router
from incidents.alarms_api import router as alarms_router
from incidents.api import agencies
from incidents.api import router as incidents_router
from incidents.cases_api import router as cases_router
from incidents.dispatch.calibration_api import router as calibration_router
from incidents.dispatch.dispatch_api import router as dispatch_router
from incidents.dispatch.readiness_api import router as readiness_router
from incidents.guidance.opinions_api import router as opinions_router
from incidents.guidance.playbooks_api import router as playbooks_router
from incidents.intake.calls_api import router as calls_router
from incidents.intake.intake_api import router as intake_router
from incidents.intake.phone_links_api import router as phone_links_router
from incidents.layer import ASSIGNMENT_STATUSES, AVAILABILITIES, PRIMARY_STATUSES, SECONDARY_STATUSES, STATUSES
from incidents.log_api import router as log_router
from incidents.rehearsal.exercises_api import router as exercises_router
from incidents.units.positions_api import router as positions_router
from incidents.units.units_api import router as units_router
from incidents.verifying import EVIDENCE_LAYERS, WAYS
from layers.access import scope_of
from layers.cadastre.land_api import router as land_router
from layers.changing.changesets_api import router as changesets_router
from layers.files.exports_api import router as exports_router
from layers.files.imports_api import router as imports_router
from layers.layer import Choice
from layers.making.made_api import router as layers_router
from layers.upkeep.upkeep_api import router as upkeep_router
from layers.water.flood_api import router as flood_router
from layers.ways.closing_api import router as closing_router
from layers.ways.travel_api import router as travel_router
from tiles.api import router as tiles_router

api = NinjaAPI(title=f"NBIOC {CITY.names['en']}", version="1", docs_url="/docs", renderer=Renderer())
ROUTERS = (
    layers_router,
    changesets_router,
    exports_router,
    imports_router,
    upkeep_router,
    land_router,
    travel_router,
    closing_router,
    flood_router,
    tiles_router,
    alarms_router,
    log_router,
    # Before the verbs of a case, which take whatever name is left.
    intake_router,
    opinions_router,
    phone_links_router,
    cases_router,
    calls_router,
    playbooks_router,
    exercises_router,
    handover_router,
    reports_router,
    dispatch_router,
    calibration_router,
    readiness_router,
    units_router,
    positions_router,
    incidents_router,
    cameras_router,
)
for router in ROUTERS:
    api.add_router("", router)


class Login(Schema):
    """A name and a password, or a token."""

    username: str = ""
    password: str = ""
    token: str = ""


@api.get("/session", tags=["session"])
def who(request: HttpRequest) -> dict[str, Any]:
    """Who the caller is and what it may."""
    return _session(request)


@api.post("/session", tags=["session"])
def sign_in(request: HttpRequest, response: HttpResponse, given: Login) -> dict[str, Any]:
    """Sign in; the answer to a wrong name, a wrong password and a wrong token is the same."""
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise FORBIDDEN("Yêu cầu đến từ trang khác.", "The request comes from another site.")
    network = str(request.META.get("REMOTE_ADDR", ""))
    account = given.username.casefold()[:150] or "token"
    guessing.check(account=account, network=network, at=request.at)
    user = Token.holder(secret=given.token, at=request.at) if given.token else authenticate(request, username=given.username, password=given.password)
    if user is None:
        guessing.remember(account=account, network=network, at=request.at)
        raise BAD_LOGIN()
    guessing.forget(account=account, network=network)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.caller = scope_of(user)
    return _session(request)


@api.delete("/session", tags=["session"], auth=django_auth)
def sign_out(request: HttpRequest) -> dict[str, Any]:
    """Sign out."""
    logout(request)
    request.caller = scope_of(None)
    return _session(request)


def _session(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    if not user.is_authenticated:
        return {"authenticated": False, "user": None, "permissions": [], "csrf_token": get_token(request)}
    agency = user.agency
    return {
        "authenticated": True,
        "user": {
            "id": user.pk,
            "username": user.username,
            "display_name": user.display_name or user.username,
            "agency": {"code": agency.code, "name": agency.name} if agency else None,
            "roles": [role.slug for role in user.roles.all()],
            "language": user.language,
        },
        "permissions": sorted(request.caller.permissions),
        "csrf_token": get_token(request),
    }


@api.get("/city", tags=["city"])
def city(request: HttpRequest) -> dict[str, Any]:
    """The city as pages need it: names, view, categories, numbers."""
    return {
        "name": CITY.names,
        "owner": CITY.owner,
        "province_code": CITY.province_code,
        "srid": CITY.srid,
        "proj4": crs.proj4(),
        "view": CITY.view,
        "bounds": CITY.bounds,
        "emergency_numbers": CITY.emergency_numbers,
        "categories": [
            {
                **category.as_dict(),
                "process": category.process,
                "severity": category.severity,
                "sensitivity": category.sensitivity,
                "domain": category.domain,
                "eido": category.eido,
                "cap": category.cap,
            }
            for category in CITY.categories.values()
        ],
        "severities": [CITY.severities[level] for level in sorted(CITY.severities)],
        "sensitivities": [one.as_dict() for one in CITY.sensitivities.values()],
        "verification_ways": [{**way.as_dict(), "layer": EVIDENCE_LAYERS.get(way.code)} for way in WAYS.values()],
        "channels": [channel.as_dict() for channel in CITY.channels.values()],
        "outcomes": [outcome.as_dict() for outcome in CITY.outcomes.values()],
        "modes": [mode.as_dict() for mode in CITY.modes.values()],
        "forces": [force.as_dict() for force in CITY.forces.values()],
        "skills": [skill.as_dict() for skill in CITY.skills.values()],
        "equipment": [one.as_dict() for one in CITY.equipment.values()],
        "statuses": _coded(STATUSES),
        "assignment_statuses": _coded(ASSIGNMENT_STATUSES),
        "availabilities": _coded(AVAILABILITIES),
        "primary_statuses": _coded(PRIMARY_STATUSES),
        "secondary_statuses": _coded(SECONDARY_STATUSES),
        "agencies": agencies(),
        "demo": events.simulated(),
        "stale_after_s": CITY.stale_after_s,
        "lost_after_s": CITY.lost_after_s,
        "languages": CITY.languages,
    }


def _coded(choices: Sequence[Choice]) -> list[dict[str, Any]]:
    return [{"code": choice.value, "vi": choice.vi, "en": choice.en} for choice in choices]


@api.exception_handler(Problem)
def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problems.answer(request, problem)


@api.exception_handler(ValidationError)
def malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    places = [".".join(str(part) for part in fault["loc"]) for fault in error.errors]
    return refused(request, BAD_REQUEST(f"Sai ở: {', '.join(places)}.", f"Wrong at: {', '.join(places)}.", places=places))


@api.exception_handler(AuthenticationError)
def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return refused(request, NOT_SIGNED_IN("Cần đăng nhập.", "Sign in first."))


@api.exception_handler(HttpError)
def forged(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The only one that the API raises is a write without its CSRF token."""
    return refused(request, FORBIDDEN("Thiếu mã CSRF.", "The CSRF token is missing: send it as X-CSRFToken."))


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and the tables are there."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select to_regclass('layers_history') is not null and to_regclass('geo_epoch') is not null")
            serves = bool(cursor.fetchone()[0])
    except DatabaseError:
        serves = False
    return HttpResponse("ready\n" if serves else "not ready\n", status=200 if serves else 503, content_type="text/plain")


def page(request: HttpRequest, name: str) -> HttpResponse:
    """One of the built pages."""
    built = settings.FRONTEND_DIST / f"{name}.html"
    if not built.exists():
        return HttpResponse("The pages are not built yet: run script/setup.\n", status=503, content_type="text/plain")
    return HttpResponse(built.read_bytes(), content_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})
