"""A caller's phone is asked where it is and what it sees: by a link that is good for one phone, one case and a while.

The first phone that sends something takes the link; opening it does not, because programs that carry messages look into links. That
phone may send again until the link expires, is taken back, or the case ends. It refuses every other phone, and says which of these it was.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db.models import F
from shapely.geometry import Point

from geo.acting import acting
from geo.city import CITY
from geo.errors import BAD_REQUEST, NOT_FOUND, TOO_MANY, define
from geo.models import User
from geo.shapes import admit, as_field
from incidents import lifecycle
from incidents.intake import placing
from incidents.models import Incident, PhoneLink
from layers.access import Scope
from layers.upkeep import photos

LINK_UNKNOWN = define("link_unknown", 404, "Đường dẫn không đúng", "There is no such link")
LINK_EXPIRED = define("link_expired", 410, "Đường dẫn đã hết hạn", "The link has expired")
LINK_REVOKED = define("link_revoked", 410, "Đường dẫn đã bị thu hồi", "The link was taken back")
LINK_OVER = define("link_over", 410, "Vụ việc đã kết thúc", "The case has ended")
LINK_TAKEN = define("link_taken", 409, "Đường dẫn đã dùng trên điện thoại khác", "The link is in use on another phone")
NO_POSITION = define("no_offered_place", 409, "Chưa có vị trí nào được gửi", "No place has been offered")

TOKEN_BYTES = 16
MOST_OPEN_LINKS = 5
# A phone sends a few fixes while it finds itself; more often than this says nothing new.
EVERY = timedelta(seconds=2)
MOST_POSITIONS = 200
LARGEST_PICTURE_BYTES = 15_000_000
SOURCE = "phone"


@dataclass(frozen=True)
class Fix:
    """Where a phone says it is: lon, lat in WGS84, and how sure."""

    lon: float
    lat: float
    accuracy_m: float


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def make(*, incident_id: int, scope: Scope, by: User, at: datetime) -> tuple[PhoneLink, str]:
    """A new link for a case and its token, which is shown now and kept by nobody. Raises NOT_FOUND, LINK_OVER or TOO_MANY."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with acting(by=by, because=f"a phone is asked about case {incident_id}"):
        incident = lifecycle.locked(incident_id, scope)
        if incident.closed_at is not None:
            raise LINK_OVER()
        if PhoneLink.objects.filter(incident=incident, revoked_at=None, expires_at__gt=at).count() >= MOST_OPEN_LINKS:
            raise TOO_MANY(f"Tối đa {MOST_OPEN_LINKS} đường dẫn còn hạn.", f"At most {MOST_OPEN_LINKS} links at a time.")
        link = PhoneLink.objects.create(
            incident=incident, digest=digest_of(token), by=by, made_at=at, expires_at=at + timedelta(seconds=CITY.intake.link_s)
        )  # fmt: skip
        _step(incident, "ask", "incident.asked", by, at, "", {"link": link.pk})
    return link, token


def revoke(*, incident_id: int, link_id: int, scope: Scope, by: User, at: datetime) -> None:
    """Take a link back; twice is once. Raises NOT_FOUND."""
    with acting(by=by, because=f"link {link_id} taken back"):
        incident = lifecycle.locked(incident_id, scope)
        link = _own(incident, link_id)
        if link.revoked_at is None:
            link.revoked_at = at
            link.save(update_fields=["revoked_at"])
            _step(incident, "unask", "incident.asked", by, at, "", {"link": link.pk})


def accept(*, incident_id: int, link_id: int, scope: Scope, by: User, at: datetime, version: int | None = None) -> None:
    """The place that a phone offered becomes the case's. Raises NOT_FOUND, NO_POSITION and what `placing.put` refuses."""
    with acting(by=by, because=f"the place from link {link_id}"):
        incident = lifecycle.locked(incident_id, scope)
        link = _own(incident, link_id)
        if link.geom is None:
            raise NO_POSITION()
        _put(incident, link, by, at, version)


def state(*, token: str, at: datetime) -> PhoneLink:
    """The link of a token. Raises LINK_UNKNOWN, LINK_EXPIRED, LINK_REVOKED or LINK_OVER."""
    link = PhoneLink.objects.select_related("incident").filter(digest=digest_of(token)).first()
    if link is None:
        raise LINK_UNKNOWN()
    return _standing(link, link.incident, at)


def _standing(link: PhoneLink, incident: Incident, at: datetime) -> PhoneLink:
    if link.revoked_at is not None:
        raise LINK_REVOKED()
    if link.expires_at <= at:
        raise LINK_EXPIRED()
    if incident.closed_at is not None:
        raise LINK_OVER()
    return link


def locate(*, token: str, claim: str, fix: Fix, at: datetime) -> tuple[str, bool]:
    """A phone says where it is. Returns its claim, with which it may say more, and whether that is the case's place now.

    It becomes the case's place where there is none, and refines one that this link gave; anything else is offered beside it: who runs
    from a fire is not where it burns. Raises as `state` does, LINK_TAKEN, TOO_MANY or a refusal of the geometry gateway.
    """
    with acting(by=None, because="a caller's phone says where it is"):
        link, incident, claim = _claimed(token, claim, at)
        if link.said_at is not None and at - link.said_at < EVERY:
            raise TOO_MANY(retry_after_s=int(EVERY.total_seconds()))
        if link.positions >= MOST_POSITIONS:
            raise TOO_MANY()
        where = as_field(admit(Point(fix.lon, fix.lat), types=("Point",)))
        refines = _refines(link, incident, fix, where)
        link.geom, link.accuracy_m, link.said_at, link.accepted_at = where, fix.accuracy_m, at, None  # type: ignore[assignment]  # a geometry column
        link.positions += 1
        link.save()
        data = {"link": link.pk, "lon": fix.lon, "lat": fix.lat, "accuracy_m": fix.accuracy_m}
        _step(incident, "phone", "incident.evidence", None, at, f"{fix.lat:.6f}, {fix.lon:.6f} ±{fix.accuracy_m:.0f} m", data)
        placed = incident.geom is None or refines
        if placed:
            _put(incident, link, None, at, None)
    return claim, placed


def _refines(link: PhoneLink, incident: Incident, fix: Fix, where: GEOSGeometry) -> bool:
    """Whether a surer fix says more exactly what this very link said before."""
    if link.accepted_at is None or link.geom is None or incident.place_source != SOURCE or incident.geom is None:
        return False
    within = link.geom.distance(where) <= (link.accuracy_m or 0)
    return within and fix.accuracy_m < (link.accuracy_m or 0) and incident.geom.distance(link.geom) < placing.SAME_PLACE_M


def _put(incident: Incident, link: PhoneLink, by: User | None, at: datetime, version: int | None) -> None:
    where = link.geom.transform(4326, clone=True)
    placing.put(incident=incident, given=placing.Place(where.x, where.y, SOURCE, link.accuracy_m), by=by, at=at, version=version)
    link.accepted_at = at
    link.save(update_fields=["accepted_at"])


def picture(*, token: str, claim: str, content: bytes, at: datetime) -> str:
    """A phone sends what it sees. Returns its claim. Raises as `state` does, LINK_TAKEN, TOO_MANY and what layers.upkeep.photos refuses."""
    if len(content) > LARGEST_PICTURE_BYTES:
        raise photos.PICTURE_TOO_LARGE(f"Tối đa {LARGEST_PICTURE_BYTES:,} byte.", f"At most {LARGEST_PICTURE_BYTES:,} bytes.")
    with acting(by=None, because="a caller's phone sends a picture"):
        link, incident, claim = _claimed(token, claim, at)
        if link.pictures >= CITY.intake.link_photos:
            raise TOO_MANY(f"Tối đa {CITY.intake.link_photos} ảnh.", f"At most {CITY.intake.link_photos} pictures.")
        # Counted before it is drawn: drawing takes a second, and nobody starts a hundred at once.
        link.pictures += 1
        link.save(update_fields=["pictures"])
    try:
        made = photos.keep(slug="incidents", fid=incident.pk, content=content, caption="", by=None, at=at)
    except Exception:
        PhoneLink.objects.filter(pk=link.pk).update(pictures=F("pictures") - 1)
        raise
    with acting(by=None, because="a caller's phone sends a picture"):
        locked = Incident.objects.select_for_update().get(pk=incident.pk)
        _step(locked, "picture", "incident.evidence", None, at, "", {"link": link.pk, "photo": made["id"]})
    return claim


def _claimed(token: str, claim: str, at: datetime) -> tuple[PhoneLink, Incident, str]:
    """The link, taken by this phone, and its case, both locked: the case first, as everybody locks. Of two phones at once one is second."""
    found = PhoneLink.objects.filter(digest=digest_of(token)).values_list("incident_id", flat=True).first()
    if found is None:
        raise LINK_UNKNOWN()
    incident = Incident.objects.select_for_update().get(pk=found)
    link = _standing(PhoneLink.objects.select_for_update().get(digest=digest_of(token)), incident, at)
    if not link.claim:
        claim = secrets.token_urlsafe(TOKEN_BYTES)
        link.claim, link.taken_at = digest_of(claim), at
        link.save(update_fields=["claim", "taken_at"])
    elif not secrets.compare_digest(link.claim, digest_of(claim)):
        raise LINK_TAKEN()
    return link, incident, claim


def is_taken_by_another(link: PhoneLink, claim: str) -> bool:
    return bool(link.claim) and not secrets.compare_digest(link.claim, digest_of(claim))


def links_of(incident_id: int) -> list[dict[str, Any]]:
    """The links of a case for whoever handles it, the newest first; never their tokens."""
    return [_told(link) for link in PhoneLink.objects.filter(incident_id=incident_id).order_by("-pk")]


def _told(link: PhoneLink) -> dict[str, Any]:
    where = link.geom.transform(4326, clone=True) if link.geom else None
    return {
        "id": link.pk,
        "made_at": link.made_at,
        "expires_at": link.expires_at,
        "revoked_at": link.revoked_at,
        "taken_at": link.taken_at,
        "said_at": link.said_at,
        "lon": where.x if where else None,
        "lat": where.y if where else None,
        "accuracy_m": link.accuracy_m,
        "accepted_at": link.accepted_at,
        "pictures": link.pictures,
    }


def _own(incident: Incident, link_id: int) -> PhoneLink:
    found = PhoneLink.objects.select_for_update().filter(pk=link_id, incident=incident).first()
    if found is None:
        raise NOT_FOUND()
    return found


def _step(incident: Incident, kind: str, event: str, by: User | None, at: datetime, note: str, data: dict[str, Any]) -> None:
    lifecycle.append(incident=incident, kind=kind, to=incident.status, event=event, by=by, at=at, note=note, data=data)


def claim_of(text: str) -> str:
    """A claim as a phone sends it. Raises BAD_REQUEST for one that is none."""
    if len(text) > 64 or not text.isascii():
        raise BAD_REQUEST()
    return text
