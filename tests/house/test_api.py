"""The doors of the API: who is who, what is refused, and in which words."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from geo.config.api import api
from geo.models import Token, User

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough word"


def sign_in(client: Client, **given: str) -> object:
    return client.post("/api/session", given, content_type="application/json")


def test_a_session_begins_says_who_and_ends(client: Client, people: dict[str, User]) -> None:
    assert client.get("/api/session").json()["authenticated"] is False
    begun = sign_in(client, username="operator", password=PASSWORD).json()

    assert begun["user"]["username"] == "operator"
    assert "dispatch_units" in begun["permissions"]
    assert client.delete("/api/session").json()["authenticated"] is False
    assert client.get("/api/session").json()["user"] is None


def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(client: Client, people: dict[str, User]) -> None:
    wrong = [sign_in(client, username=name, password="wrong") for name in ("operator", "nobody")]

    bodies = [{**answer.json(), "request_id": ""} for answer in wrong]
    assert [answer.status_code for answer in wrong] == [401, 401]
    assert bodies[0] == bodies[1]
    assert (bodies[0]["code"], bodies[0]["title"], bodies[0]["title_en"]) == ("bad_login", "Sai tên đăng nhập hoặc mật khẩu", "Wrong user name or password")
    assert wrong[0]["Content-Type"] == "application/problem+json"


def test_a_screen_signs_in_by_its_token_and_not_by_a_revoked_one(client: Client, people: dict[str, User]) -> None:
    token, secret = Token.issue(name="wall", user=people["kiosk"])
    assert sign_in(client, token=secret).json()["user"]["username"] == "kiosk"
    assert secret not in token.digest

    token.revoked_at = token.created_at
    token.save()
    assert sign_in(Client(), token=secret).status_code == 401


def test_a_machine_is_known_by_its_bearer_token(client: Client, people: dict[str, User]) -> None:
    _, secret = Token.issue(name="feed", user=people["officer"])

    assert client.get("/api/session", headers={"Authorization": f"Bearer {secret}"}).json()["user"]["username"] == "officer"
    assert client.get("/api/session", headers={"Authorization": "Bearer guess"}).json()["authenticated"] is False


def test_signing_out_across_sites_is_refused(people: dict[str, User]) -> None:
    client = Client(enforce_csrf_checks=True)
    sign_in(client, username="operator", password=PASSWORD)

    assert client.delete("/api/session").status_code == 403


def test_a_feature_has_its_version_as_etag(client: Client, town: dict) -> None:
    answer = client.get(f"/api/layers/roads/features/{town['street'].pk}")

    assert answer["ETag"] == '"v1"'
    assert answer.json()["properties"]["name"] == "Hùng Vương"


@pytest.mark.parametrize("fid", ["0", "-1", str(2**63), str(2**70)])
def test_a_feature_that_cannot_be_is_404(client: Client, fid: str) -> None:
    answer = client.get(f"/api/layers/roads/features/{fid}")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_malformed_request_says_where(client: Client) -> None:
    answer = client.get("/api/layers/roads/features/one")

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert "fid" in answer.json()["detail_en"]


def test_the_catalogue_shows_a_stranger_only_public_layers(client: Client, people: dict[str, User], settings: Settings, tmp_path: Path) -> None:
    settings.ELEVATION_PATH = tmp_path / "elevation.tif"
    public = {layer["slug"] for layer in client.get("/api/layers").json()["layers"]}
    client.force_login(people["officer"])
    officers = {layer["slug"] for layer in client.get("/api/layers").json()["layers"]}

    assert "wards" in public
    assert officers - public == {"parcels", "street_lights", "hydrants", "drains", "cameras", "camera_views"}

    settings.ELEVATION_PATH.touch()
    with_raster = {layer["slug"]: layer for layer in client.get("/api/layers").json()["layers"]}
    assert set(with_raster) - officers == {"elevation"}, "a raster is shown once its file is there"
    assert (with_raster["elevation"]["kind"], with_raster["elevation"]["tiles"]) == ("raster", "/maps/wmts/elevation/webmercator/{z}/{x}/{y}.png")


def test_every_answer_carries_the_content_policy(client: Client) -> None:
    policy = client.get("/api/city")["Content-Security-Policy"]

    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_the_city_is_alive_and_ready(client: Client) -> None:
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_every_write_of_the_api_asks_for_a_token_or_a_csrf_token() -> None:
    """A session cookie alone must not write: another site's form would carry it along. Signing in looks at the site itself."""
    open_to_all = {
        (method, operation.view_func.__name__)
        for _, router in api._routers
        for view in router.path_operations.values()
        for operation in view.operations
        for method in operation.methods
        if method != "GET" and not operation.auth_callbacks
    }

    # For people and machines without a login, none of whom a cookie speaks for: a signature over the body, a token in the address.
    signed, by_token = {("POST", "receive")}, {("POST", "position"), ("POST", "photo")}
    assert open_to_all == {("POST", "sign_in")} | signed | by_token


def test_the_city_tells_machines_its_codes(client: Client) -> None:
    city = client.get("/api/city").json()
    fire = next(category for category in city["categories"] if category["code"] == "house_fire")

    assert (fire["eido"], fire["cap"], city["province_code"]) == ("FSTRU", "Fire", "92")
