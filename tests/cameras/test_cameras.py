"""Cameras as rows and over HTTP: who may ask which of them see a place, how one is placed and turned, and what never leaves."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cameras import placing
from cameras.models import Camera
from geo.acting import acting
from geo.crs import to_city, to_lonlat
from geo.errors import CONFLICT, NOT_FOUND, STALE
from geo.models import Event, User
from layers import query
from layers.access import opened, scope_of
from layers.library.buildings import Building
from layers.models import History
from tests.conftest import JUNCTION, city_wkt

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, 8, tzinfo=UTC)


def away(east_m: float, north_m: float) -> tuple[float, float]:
    """lon, lat of a place so many metres from the junction."""
    x, y = to_city(*JUNCTION)
    return to_lonlat(x + east_m, y + north_m)


def stand(code: str, east_m: float = 0, north_m: float = 0, **looks: float) -> Camera:
    lon, lat = away(east_m, north_m)
    return placing.place(code=code, name=f"Camera {code}", lon=lon, lat=lat, by=None, because="a test", at=NOW, **looks)


def build(*corners: tuple[float, float]) -> Building:
    with acting(by=None, because="a test"):
        return Building.objects.create(geom=city_wkt("POLYGON", *corners, corners[0]))


def ask(client: Client, east_m: float, north_m: float) -> list[str]:
    lon, lat = away(east_m, north_m)
    answer = client.get("/api/cameras/seeing", {"lon": lon, "lat": lat})
    assert answer.status_code == 200, answer.content
    return [camera["code"] for camera in answer.json()["cameras"]]


def test_those_that_see_a_place_are_named_nearest_first_with_distance_and_bearing(client: Client, people: dict[str, User]) -> None:
    stand("FAR", 0, -60, heading_deg=0, range_m=120)
    stand("NEAR", 30, 0, heading_deg=270, range_m=60)
    stand("AWAY", 0, 20, heading_deg=0)
    client.force_login(people["operator"])
    lon, lat = JUNCTION

    found = client.get("/api/cameras/seeing", {"lon": lon, "lat": lat}).json()["cameras"]

    assert [camera["code"] for camera in found] == ["NEAR", "FAR"]
    assert found[0]["distance_m"] == pytest.approx(30, abs=0.1)
    assert found[0]["bearing_deg"] == pytest.approx(270.1, abs=0.1)
    assert set(found[0]) == {"id", "code", "name", "state", "distance_m", "bearing_deg", "lon", "lat"}


def test_a_place_behind_a_building_is_not_seen(client: Client, people: dict[str, User]) -> None:
    stand("C1", heading_deg=0, range_m=100)
    client.force_login(people["operator"])
    assert ask(client, 0, 60) == ["C1"]

    build((-10, 30), (10, 30), (10, 40), (-10, 40))

    assert ask(client, 0, 60) == []
    assert ask(client, 0, 35) == ["C1"]


def test_a_retired_camera_sees_nothing(client: Client, people: dict[str, User]) -> None:
    camera = stand("C1", hfov_deg=360)
    client.force_login(people["operator"])
    assert ask(client, 10, 10) == ["C1"]

    with acting(by=None, because="a test"):
        Camera.objects.filter(pk=camera.pk).update(state="retired")
    assert ask(client, 10, 10) == []


def test_a_stranger_is_asked_to_sign_in_and_field_staff_are_refused(client: Client, people: dict[str, User]) -> None:
    where = dict(zip(("lon", "lat"), JUNCTION, strict=True))
    stranger = client.get("/api/cameras/seeing", where)
    client.force_login(people["field"])
    field = client.get("/api/cameras/seeing", where)

    assert (stranger.status_code, stranger.json()["code"]) == (401, "not_signed_in")
    assert (field.status_code, field.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(("lon", "lat", "code"), [("nan", "9.8", "non_finite"), ("9.8", "105.8", "out_of_extent"), ("105.8", "x", "bad_request")])
def test_a_place_that_cannot_be_is_refused(client: Client, people: dict[str, User], lon: str, lat: str, code: str) -> None:
    client.force_login(people["operator"])

    assert client.get("/api/cameras/seeing", {"lon": lon, "lat": lat}).json()["code"] == code


def test_placing_and_turning_are_told_and_kept_with_who_and_why(people: dict[str, User]) -> None:
    camera = stand("C1", heading_deg=0)
    turned = placing.turn(camera_id=camera.pk, by=people["officer"], because="the street was widened", at=NOW, base_version=1, heading_deg=90)

    assert (turned.version, turned.heading_deg) == (2, 90)
    assert turned.view.centroid.x > camera.view.centroid.x + 20
    assert list(Event.objects.order_by("seq").values_list("kind", "layer")) == [
        ("camera.placed", "cameras"),
        ("camera.placed", "camera_views"),
        ("camera.turned", "cameras"),
        ("camera.turned", "camera_views"),
    ]
    kept = History.objects.filter(fid=camera.pk).latest("id")
    assert (kept.layer, kept.because, kept.by_id, kept.row_before["heading_deg"]) == ("cameras", "the street was widened", people["officer"].pk, 0)


def test_a_turn_over_somebody_elses_and_a_turn_of_nothing_are_refused() -> None:
    camera = stand("C1")
    placing.turn(camera_id=camera.pk, by=None, because="first", at=NOW, base_version=1, heading_deg=90)

    with pytest.raises(STALE):
        placing.turn(camera_id=camera.pk, by=None, because="second", at=NOW, base_version=1, heading_deg=180)
    with pytest.raises(NOT_FOUND):
        placing.turn(camera_id=camera.pk + 1, by=None, because="nothing", at=NOW, heading_deg=180)
    with pytest.raises(CONFLICT):
        stand("C1")


@pytest.mark.parametrize(
    "looks", [{"heading_deg": float("nan")}, {"hfov_deg": 0}, {"hfov_deg": 361}, {"range_m": 1e9}, {"mount_height_m": -3}, {"tilt_deg": 91}]
)
def test_a_camera_that_cannot_be_is_refused_by_the_verb_and_by_the_database(looks: dict[str, float]) -> None:
    with pytest.raises(placing.NOT_A_CAMERA):
        stand("C1", **looks)
    with acting(by=None, because="a test"), pytest.raises(IntegrityError), transaction.atomic():
        Camera.objects.create(code="C2", name="C2", geom=city_wkt("POINT", (0, 0)), **looks)


def test_new_houses_are_seen_when_the_city_looks_again() -> None:
    camera, other = stand("C1", heading_deg=0), stand("C2", heading_deg=180)
    build((-10, 30), (10, 30), (10, 40), (-10, 40))

    assert placing.look_again(by=None, because="houses imported", at=NOW) == 1
    now = Camera.objects.get(pk=camera.pk)
    assert now.view.area < camera.view.area * 0.8
    assert Camera.objects.get(pk=other.pk).version == 1


def test_a_view_that_no_longer_fits_is_dropped_by_the_database_from_any_road(people: dict[str, User]) -> None:
    camera = stand("C1")
    with acting(by=None, because="by hand"), connection.cursor() as cursor:
        cursor.execute("update cameras_camera set heading_deg = 45 where id = %s", [camera.pk])

    assert Camera.objects.get(pk=camera.pk).view is None
    assert query.features(opened("camera_views", scope_of(people["operator"]))) == []


def test_a_view_that_stays_the_same_is_kept_when_the_camera_turns() -> None:
    dome = stand("C1", hfov_deg=360)
    placing.turn(camera_id=dome.pk, by=None, because="turned", at=NOW, heading_deg=90, mount_height_m=9)

    assert Camera.objects.get(pk=dome.pk).view.area == pytest.approx(dome.view.area)


def test_a_camera_without_a_frame_is_never_live(people: dict[str, User]) -> None:
    camera = stand("C1")
    seen = opened("cameras", scope_of(people["operator"]))

    def state_with(last_frame_at: datetime | None) -> str:
        with acting(by=None, because="a test"):
            Camera.objects.filter(pk=camera.pk).update(state="online" if last_frame_at else "degraded", last_frame_at=last_frame_at)
        return query.feature(seen, camera.pk)["properties"]["state"]

    assert state_with(None) == "offline"
    assert state_with(datetime.now(UTC)) == "online"
    assert state_with(datetime.now(UTC) - timedelta(minutes=1)) == "offline"
    with acting(by=None, because="a test"), pytest.raises(IntegrityError), transaction.atomic():
        Camera.objects.filter(pk=camera.pk).update(state="online", last_frame_at=None)


def test_addresses_of_streams_never_leave(client: Client, people: dict[str, User]) -> None:
    camera = stand("C1", hfov_deg=360)
    with acting(by=None, because="a test"):
        Camera.objects.filter(pk=camera.pk).update(stream_url="rtsp://admin:canary@10.0.0.9/1", snapshot_url="http://10.0.0.9/canary.jpg")
    placing.turn(camera_id=camera.pk, by=None, because="so that there is a history", at=NOW, heading_deg=90)
    client.force_login(people["operator"])
    lon, lat = JUNCTION

    answers = [
        client.get(f"/api/layers/cameras/features/{camera.pk}/history"),
        client.get("/api/layers/cameras/features"),
        client.get("/api/search", {"q": "canary"}),
        client.get("/api/layers"),
        client.get(f"/api/layers/cameras/features/{camera.pk}"),
        client.get(f"/api/layers/camera_views/features/{camera.pk}"),
        client.get("/api/cameras/seeing", {"lon": lon, "lat": lat}),
    ]
    assert all(answer.status_code == 200 for answer in answers)
    assert not any(word in answer.content for answer in answers for word in (b"canary", b"stream_url", b"snapshot_url"))
    assert not Event.objects.filter(data__icontains="canary").exists()


def test_a_camera_is_placed_and_turned_over_http_by_who_edits_the_infrastructure(client: Client, people: dict[str, User]) -> None:
    def post(address: str, **body: object) -> object:
        return client.post(address, json.dumps(body), content_type="application/json")

    new = {"code": "C1", "name": "Ngã bảy", "lon": JUNCTION[0], "lat": JUNCTION[1], "heading_deg": 10}
    assert post("/api/cameras", **new).status_code == 401
    client.force_login(people["operator"])
    assert post("/api/cameras", **new).status_code == 403

    client.force_login(people["officer"])
    placed = post("/api/cameras", **new)
    turned = post(f"/api/cameras/{placed.json()['id']}/turn", version=1, heading_deg=100)

    assert (placed.status_code, placed.json()["version"]) == (201, 1)
    assert (turned.status_code, turned.json()["version"], turned.json()["properties"]["heading_deg"]) == (200, 2, 100)
    assert post(f"/api/cameras/{placed.json()['id']}/turn", version=1, heading_deg=200).json()["code"] == "stale"
    assert post("/api/cameras/999999/turn", version=1).status_code == 404
