"""The link to a caller's phone over HTTP: made and taken back by who handles cases; used by a phone that nobody knows, with the token alone."""

import io
from typing import Any

import segno
from django.http import HttpRequest, HttpResponse
from ninja import Field, File, Header, Router, Schema, Status, UploadedFile

from geo import guessing
from geo.city import CITY
from geo.errors import TOO_MANY
from geo.signing import SIGNED_IN
from incidents import queries
from incidents.intake import phone_links
from layers.access import need

router = Router(tags=["incidents"])


@router.post("/incidents/{incident_id}/links", auth=SIGNED_IN, response={201: dict})
def make(request: HttpRequest, incident_id: int) -> Status[dict[str, Any]]:
    """A new link, with the words to send and a QR code; its address is shown this once."""
    by = need(request, "handle_cases")
    link, token = phone_links.make(incident_id=incident_id, scope=request.caller, by=by, at=request.at)
    url = request.build_absolute_uri(f"/here/{token}")
    picture = io.BytesIO()
    segno.make(url, error="m").save(picture, kind="svg", scale=4, border=3)
    minutes = CITY.intake.link_s // 60
    words = {
        "vi": f"{CITY.owner['vi']}: bấm để gửi vị trí và ảnh nơi xảy ra, dùng trong {minutes} phút: {url}",
        "en": f"{CITY.owner['en']}: tap to send your position and a photo, good for {minutes} minutes: {url}",
    }
    made = {"id": link.pk, "url": url, "words": words, "qr_svg": picture.getvalue().decode(), "expires_at": link.expires_at}
    return Status(201, {"made": made, "case": queries.detail(incident_id=incident_id, scope=request.caller)})


@router.post("/incidents/{incident_id}/links/{link_id}/revoke", auth=SIGNED_IN)
def revoke(request: HttpRequest, incident_id: int, link_id: int) -> dict[str, Any]:
    """Take a link back."""
    by = need(request, "handle_cases")
    phone_links.revoke(incident_id=incident_id, link_id=link_id, scope=request.caller, by=by, at=request.at)
    return queries.detail(incident_id=incident_id, scope=request.caller)


class AcceptIn(Schema):
    """The version of the case that the caller looked at."""

    version: int | None = None


@router.post("/incidents/{incident_id}/links/{link_id}/accept", auth=SIGNED_IN)
def accept(request: HttpRequest, incident_id: int, link_id: int, given: AcceptIn | None = None) -> dict[str, Any]:
    """The place that the phone offered becomes the case's."""
    by = need(request, "handle_cases")
    version = given.version if given else None
    phone_links.accept(incident_id=incident_id, link_id=link_id, scope=request.caller, by=by, at=request.at, version=version)
    return queries.detail(incident_id=incident_id, scope=request.caller)


class FixIn(Schema):
    """Where the phone is."""

    lon: float
    lat: float
    accuracy_m: float = Field(ge=0, le=100_000)


@router.get("/here/{token}", tags=["here"])
def state(request: HttpRequest, token: str, x_claim: Header[str] = "") -> dict[str, Any]:
    """Whether the link stands; nothing of the case is told."""
    with Guarded(request):
        link = phone_links.state(token=token, at=request.at)
    if phone_links.is_taken_by_another(link, phone_links.claim_of(x_claim)):
        raise phone_links.LINK_TAKEN()
    return {"expires_at": link.expires_at, "sent": link.positions > 0 and bool(x_claim), "pictures_left": CITY.intake.link_photos - link.pictures}


@router.post("/here/{token}/position", tags=["here"])
def position(request: HttpRequest, token: str, given: FixIn, x_claim: Header[str] = "") -> dict[str, Any]:
    """The phone's position; the answer's claim is what this phone says more with."""
    with Guarded(request):
        claim, placed = phone_links.locate(token=token, claim=phone_links.claim_of(x_claim), fix=phone_links.Fix(**given.dict()), at=request.at)
    return {"claim": claim, "placed": placed}


@router.post("/here/{token}/photo", tags=["here"], response={201: dict})
def photo(request: HttpRequest, token: str, file: File[UploadedFile], x_claim: Header[str] = "") -> Status[dict[str, Any]]:
    """What the phone sees; what the file says besides its pixels is not kept."""
    content = file.read(phone_links.LARGEST_PICTURE_BYTES + 1)
    with Guarded(request):
        return Status(201, {"claim": phone_links.picture(token=token, claim=phone_links.claim_of(x_claim), content=content, at=request.at)})


class Guarded:
    """Counts tokens that are none, by network: who tries many has to wait. A token that is one is never held up by what others try."""

    def __init__(self, request: HttpRequest) -> None:
        self.network, self.at = str(request.META.get("REMOTE_ADDR", "")), request.at

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, phone_links.LINK_UNKNOWN):
            account = f"here {self.network}"
            guessing.check(account=account, network=self.network, at=self.at)
            guessing.remember(account=account, network=self.network, at=self.at)


def here(request: HttpRequest, token: str, page: Any) -> HttpResponse:
    """The page of a link, with the status that the link has: a link that is none is not 200."""
    answer: HttpResponse = page(request, "here")
    try:
        with Guarded(request):
            phone_links.state(token=token, at=request.at)
    except (phone_links.LINK_UNKNOWN, phone_links.LINK_EXPIRED, phone_links.LINK_REVOKED, phone_links.LINK_OVER, TOO_MANY) as refused:
        answer.status_code = refused.status if answer.status_code == 200 else answer.status_code
    # The address is the secret: it is not told onwards, and not kept.
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer
