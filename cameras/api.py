"""Cameras over HTTP: which of them see a place, a new one, one turned."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from shapely.geometry import Point

from cameras import placing, queries
from geo import shapes
from geo.signing import SIGNED_IN
from layers import query
from layers.access import need, opened

router = Router(tags=["cameras"])


class Looks(Schema):
    """How a camera sees; what is left out stays as it is."""

    heading_deg: float | None = None
    tilt_deg: float | None = None
    hfov_deg: float | None = None
    range_m: float | None = None
    mount_height_m: float | None = None

    def given(self) -> dict[str, float]:
        return {name: value for name in Looks.model_fields if (value := getattr(self, name)) is not None}


class NewCamera(Looks):
    """A camera to place. Addresses of streams are set at the console, never here."""

    code: str
    name: str
    lon: float
    lat: float
    kind: str = "fixed"
    usage: str = "surveillance"
    because: str = "placed"


class Turn(Looks):
    """A change of sight; `version` is the one that was looked at."""

    version: int
    because: str = "turned"


@router.get("/cameras/seeing")
def seeing(request: HttpRequest, lon: float, lat: float) -> dict[str, Any]:
    """The cameras that see a place, nearest first. `bearing_deg` is where the camera looks to see it, from true north."""
    need(request, "see_cameras")
    place = shapes.admit(Point(lon, lat), types=("Point",))
    found = queries.seeing(opened("cameras", request.caller), x=place.x, y=place.y)
    return {"cameras": [asdict(camera) for camera in found], "as_of": request.at.isoformat()}


@router.post("/cameras", auth=SIGNED_IN, response={201: dict})
def place(request: HttpRequest, given: NewCamera) -> Status:
    """Put a camera on the map."""
    by = need(request, "edit_assets")
    camera = placing.place(
        code=given.code.strip(),
        name=given.name.strip(),
        lon=given.lon,
        lat=given.lat,
        kind=given.kind,
        usage=given.usage,
        by=by,
        because=given.because,
        at=request.at,
        agency=None,
        **given.given(),
    )
    return Status(201, query.feature(opened("cameras", request.caller), camera.pk))


@router.post("/cameras/{camera_id}/turn", auth=SIGNED_IN)
def turn(request: HttpRequest, camera_id: int, given: Turn) -> dict[str, Any]:
    """Turn a camera or change how it sees; 412 when somebody else has since."""
    by = need(request, "edit_assets")
    seen = opened("cameras", request.caller)
    query.feature(seen, camera_id)
    placing.turn(camera_id=camera_id, by=by, because=given.because, at=request.at, base_version=given.version, **given.given())
    return query.feature(seen, camera_id)
