"""Placing and turning a camera: its place, its direction, and the view that follows from them."""

from datetime import datetime
from typing import Any

from django.db import connection
from shapely.geometry import Point

from cameras import sight
from cameras.layer import KINDS, USAGES
from cameras.models import LONGEST_RANGE_M, Camera
from cameras.queries import in_the_way
from cameras.sight import Eye
from geo import shapes
from geo.acting import acting
from geo.errors import CONFLICT, NOT_FOUND, STALE, define
from geo.events import publish
from geo.fields import as_field
from geo.models import Agency, User

NOT_A_CAMERA = define("not_a_camera", 422, "Thông số camera không dùng được", "No camera looks like that")
# What may be said of a camera's sight, and between which bounds (the lower one included where it can be).
BOUNDS = {
    "heading_deg": (0.0, 360.0),
    "hfov_deg": (1.0, 360.0),
    "tilt_deg": (-90.0, 90.0),
    "range_m": (1.0, float(LONGEST_RANGE_M)),
    "mount_height_m": (0.5, 200.0),
}


def place(
    *,
    code: str,
    name: str,
    lon: float,
    lat: float,
    by: User | None,
    because: str,
    at: datetime,
    kind: str = "fixed",
    usage: str = "surveillance",
    agency: Agency | None = None,
    **looks: float,
) -> Camera:
    """Put a camera on the map. Raises NOT_A_CAMERA, CONFLICT for a code that is taken, or what the gateway refuses."""
    point = shapes.admit(Point(lon, lat), types=("Point",))
    if not code or not name or kind not in {choice.value for choice in KINDS} or usage not in {choice.value for choice in USAGES}:
        raise NOT_A_CAMERA("Cần mã, tên, loại và mục đích có trong danh mục.", "A code, a name, and a known kind and usage are needed.")
    camera = Camera(code=code, name=name, kind=kind, usage=usage, agency=agency, geom=as_field(point), **_checked(looks))
    with acting(by=by, because=because):
        if Camera.objects.filter(code=code).exists():
            raise CONFLICT(f"Mã {code} đã có.", f"The code {code} is taken.")
        camera.view = _view(camera)
        camera.save(force_insert=True)
        _tell("camera.placed", camera, at)
    return camera


def turn(*, camera_id: int, by: User | None, because: str, at: datetime, base_version: int | None = None, **looks: float) -> Camera:
    """Turn a camera or change how it sees. Raises NOT_FOUND, NOT_A_CAMERA, or STALE when somebody has changed it since `base_version`."""
    changed = _checked(looks)
    with acting(by=by, because=because):
        camera = Camera.objects.select_for_update().filter(pk=camera_id).first()
        if camera is None:
            raise NOT_FOUND()
        if base_version not in (None, camera.version):
            raise STALE(base=base_version, version=camera.version)
        for name, value in changed.items():
            setattr(camera, name, value)
        camera.version += 1
        camera.view = _view(camera)
        _looked_anew(camera)
        camera.save()
        _tell("camera.turned", camera, at)
    return camera


def look_again(*, by: User | None, because: str, at: datetime) -> int:
    """See anew with the houses of today, for every camera; how many views changed. Run after houses were imported."""
    changed = 0
    for camera_id in Camera.objects.exclude(state="retired").order_by("pk").values_list("pk", flat=True):
        with acting(by=by, because=because):
            camera = Camera.objects.select_for_update().get(pk=camera_id)
            seen = _view(camera)
            if camera.view is None or not seen.equals_exact(camera.view, 0.01):
                camera.view, camera.version = seen, camera.version + 1
                camera.save()
                _tell("camera.turned", camera, at)
                changed += 1
    return changed


def eye_of(camera: Camera) -> Eye:
    """The camera as geometry."""
    return Eye(camera.geom.x, camera.geom.y, camera.mount_height_m, camera.heading_deg, camera.hfov_deg, camera.range_m)


def _view(camera: Camera) -> Any:
    eye = eye_of(camera)
    return as_field(sight.view(eye, in_the_way(sight.sector(eye), x=eye.x, y=eye.y)))


def _looked_anew(camera: Camera) -> None:
    """Tell the trigger that drops old views that this camera's is of now."""
    with connection.cursor() as cursor:
        cursor.execute("select set_config('nbioc.looked_anew', %s, true)", [str(camera.pk)])


def _checked(looks: dict[str, float]) -> dict[str, float]:
    for name, value in looks.items():
        if name not in BOUNDS:
            raise TypeError(f"A camera has no {name}.")
        lowest, highest = BOUNDS[name]
        if not lowest <= value <= highest:  # NaN too
            raise NOT_A_CAMERA(f"{name}: từ {lowest:g} đến {highest:g}.", f"{name} is from {lowest:g} to {highest:g}.", field=name)
    return {name: value % 360 if name == "heading_deg" else value for name, value in looks.items()}


def _tell(kind: str, camera: Camera, at: datetime) -> None:
    # One row, two layers: the camera and what it sees.
    for layer in ("cameras", "camera_views"):
        publish(kind=kind, at=at, layer=layer, fids=[camera.pk])
