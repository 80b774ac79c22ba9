"""What a desktop program knew when it began to read a layer, for the ones that cannot say If-Match, as QGIS cannot.

Such a program keeps cookies: the first read of a layer by the holder of a token who may change it puts the signed moment into one. An edit
that comes without If-Match but with that moment is taken as made on the version of that moment (or on what the same person has written
since), and merged field by field: what nobody else touched meanwhile is stored, what somebody else did is refused as stale. A moment
that is not signed for this person and this layer, or is older than a working day, is none.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse

from layers import access, query
from layers.access import Opened
from layers.layer import Layer
from layers.models import History

COOKIE = "nbioc_seen"
LASTS = timedelta(hours=14)
# A change is dated when its transaction begins and seen when it ends: what was written shortly before the first read counts as not seen.
SLACK = timedelta(minutes=2)
CHANGES = ("create", "edit", "delete")


def by_token(request: HttpRequest) -> bool:
    """Whether the caller is known by a token: a browser's session has no need of this."""
    return bool(request.user.is_authenticated) and request.headers.get("Authorization", "").lower().startswith("bearer ")


def begin(request: HttpRequest, response: HttpResponse, layer: type[Layer]) -> None:
    """Note the moment of the first read in the program's cookie."""
    if not by_token(request) or _moment(request, layer) is not None or not any(access.may(layer, action, request.caller) for action in CHANGES):
        return
    response.set_cookie(
        COOKIE,
        _signer(request, layer).sign_object(request.at.isoformat()),
        max_age=LASTS,
        path=f"/ogc/collections/{layer.slug}",
        secure=request.is_secure(),
        httponly=True,
        samesite="Strict",
    )


def versions_seen(request: HttpRequest, seen: Opened, fid: int) -> set[int] | None:
    """The version of a feature that the program must have seen, or an older one; None where it did not say since when it reads."""
    moment = _moment(request, seen.layer) if by_token(request) else None
    if moment is None:
        return None
    changes = History.objects.filter(layer=seen.layer.slug, fid=fid, at__gt=moment - SLACK).order_by("id").values_list("op", "version", "by_id")
    known = None
    for op, version, by_id in changes:
        if op != "insert" and by_id != request.user.pk:
            return {version if known is None else known}
        # Of a feature that is newer than the first read, the first version is the oldest that can have been seen.
        known = version + 1
    return {int(query.feature(seen, fid).get("version", 0)) if known is None else known}


def _signer(request: HttpRequest, layer: type[Layer]) -> signing.Signer:
    return signing.Signer(salt=f"ogc-seen:{layer.slug}:{request.user.pk}")


def _moment(request: HttpRequest, layer: type[Layer]) -> datetime | None:
    try:
        moment = datetime.fromisoformat(_signer(request, layer).unsign_object(request.COOKIES.get(COOKIE, "")))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return moment if request.at - LASTS <= moment <= request.at else None
