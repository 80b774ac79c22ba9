"""Closures are made, lengthened and ended by people who say why, count at once for every reader, and stop at their moment by themselves."""

import json
import threading
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
import shapely
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.crs import to_city, to_lonlat
from geo.faults import TOO_MANY
from geo.models import Event
from geo.network import Closure as Shut
from geo.network import Network
from layers.access import scope_of
from layers.library.closures import Closure
from layers.library.roads import Road
from layers.models import History
from layers.ways import closing_roads, travel
from layers.ways.closing_roads import Wanted
from tests.conftest import JUNCTION, build_town, city_wkt
from tests.geo.test_network import grid_city

pytestmark = pytest.mark.django_db
WEST, EAST = f"{JUNCTION[0]},{JUNCTION[1]}", "105.8180,9.8165"


def lonlat(east_m: float, north_m: float) -> list[float]:
    x, y = to_city(*JUNCTION)
    return [round(part, 8) for part in to_lonlat(x + east_m, y + north_m)]


LINE = {"type": "LineString", "coordinates": [lonlat(100, 0), lonlat(200, 0)]}


def area(east_m: float, north_m: float, half_m: float) -> dict[str, Any]:
    corners = [(-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)]
    return {"type": "Polygon", "coordinates": [[lonlat(east_m + a * half_m, north_m + b * half_m) for a, b in corners]]}


@pytest.fixture
def operator(client: Client, people: dict, town: dict) -> Client:
    with acting(by=None, because="a longer town, where a street is not half of all"):
        for number in range(12):
            Road.objects.create(
                name=f"Đường {number}",
                road_class="residential",
                width_m=6,
                speed_kmh=30,
                geom=city_wkt("LINESTRING", (0, 500 + number * 60), (900, 500 + number * 60)),
            )
    client.force_login(people["operator"])
    return client


def post(client: Client, path: str = "/api/closures", **body: Any) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")


def closed(client: Client, **more: Any) -> dict[str, Any]:
    soon = (timezone.now() + timedelta(hours=2)).isoformat()
    answer = post(client, **{"reason": "Cây đổ chắn đường", "geometry": LINE, "ends_at": soon, **more})
    assert answer.status_code == 201, answer.content
    return answer.json()


def route_s(client: Client, mode: str = "car") -> float | None:
    answer = client.get(f"/api/network/route?from={WEST}&to={EAST}&mode={mode}").json()
    return answer.get("travel_s")


def test_a_closure_says_what_it_holds_and_counts_at_once_for_route_list_and_map(operator: Client, people: dict) -> None:
    before = route_s(operator)
    made = closed(operator)

    assert before and route_s(operator) > 5 * before, "what is left is a long walk to the alley"
    assert made["holds"]["stretches"] == 1 and made["holds"]["names"] == ["Hùng Vương"]
    anonymous = Client()
    told = anonymous.get("/api/closures").json()["items"]
    assert [(one["id"], one["state"], "last_change" in one) for one in told] == [(made["id"], "current", False)]
    assert operator.get("/api/closures").json()["items"][0]["last_change"]["because"] == "Cây đổ chắn đường"
    assert anonymous.get("/api/layers/closures/features").json()["features"][0]["properties"]["reason"] == "Cây đổ chắn đường"
    assert Event.objects.filter(layer="closures", fids=[made["id"]]).exists()
    kept = History.objects.get(layer="closures", fid=made["id"])
    assert (kept.by_id, kept.because) == (people["operator"].pk, "Cây đổ chắn đường")


def test_a_slowed_street_is_slow_for_the_modes_that_are_named(operator: Client) -> None:
    before = route_s(operator, "car"), route_s(operator, "motorbike")
    closed(operator, factor=0.5, modes=["car"], geometry={"type": "LineString", "coordinates": [lonlat(0, 0), lonlat(400, 0)]})

    assert route_s(operator, "car") == pytest.approx(2 * before[0], abs=1) and route_s(operator, "motorbike") == before[1]


def test_a_street_is_closed_whole_by_its_own_row_and_a_point_closes_where_it_lies(operator: Client, town: dict) -> None:
    whole = closed(operator, geometry=None, way={"layer": "roads", "fid": town["street"].pk})
    post(operator, f"/api/closures/{whole['id']}/end")
    opened_s = route_s(operator)

    closed(operator, geometry={"type": "Point", "coordinates": lonlat(150, 3)})
    assert route_s(operator) > 5 * opened_s


def test_a_stretch_between_two_clicks_is_snapped_to_the_street(operator: Client) -> None:
    near = ",".join(map(str, lonlat(100, 14))), ",".join(map(str, lonlat(250, -9)))
    told = operator.get(f"/api/network/stretch?from={near[0]}&to={near[1]}").json()

    assert told["distance_m"] == pytest.approx(150, abs=0.5) and told["snapped_m"] == pytest.approx([14, 9], abs=0.1)
    assert closed(operator, geometry=told["geometry"])["holds"]["names"] == ["Hùng Vương"]
    again = operator.get(f"/api/network/stretch?from={near[0]}&to={near[1]}").json()
    assert again["distance_m"] == told["distance_m"], "what is closed can still be drawn along"
    assert operator.get(f"/api/network/stretch?from={near[0]}&to={near[1]}&medium=sky").status_code == 400
    assert operator.get(f"/api/network/stretch?from={near[0]}&to={near[0]}").json()["code"] == "no_way"


def test_one_that_is_over_stops_counting_at_its_moment_without_anything_being_done(operator: Client) -> None:
    made = closed(operator)
    ends_at = datetime.fromisoformat(made["properties"]["ends_at"])

    def shut(at: datetime) -> bool:
        return bool((travel.network(at).factors("car") == 0).any())

    assert shut(ends_at - timedelta(seconds=1)) and not shut(ends_at)
    assert shut(ends_at - timedelta(seconds=1)), "and whoever asks of before is told of before"
    assert closing_roads.listed(scope=scope_of(None), at=ends_at) == []


def test_one_closure_of_two_that_overlap_ends_and_the_other_still_counts(operator: Client) -> None:
    before, first = route_s(operator), closed(operator)
    second = closed(operator, ends_at=(timezone.now() + timedelta(hours=9)).isoformat(), factor=0.0)
    post(operator, f"/api/closures/{first['id']}/end")
    assert route_s(operator) > 5 * before

    post(operator, f"/api/closures/{second['id']}/end")
    assert route_s(operator) == before


def test_it_is_lengthened_on_the_version_that_was_read_and_stays_until_opened_where_that_is_said(operator: Client) -> None:
    made = closed(operator)
    path, later = f"/api/closures/{made['id']}", (timezone.now() + timedelta(hours=8)).isoformat()

    def patch(version: int, **body: Any) -> Any:
        return operator.patch(path, json.dumps(body), content_type="application/json", headers={"If-Match": f'"v{version}"'})

    assert patch(1, ends_at=later).json()["properties"]["ends_at"][:16] == later[:16]
    assert patch(1, ends_at=later).status_code == 412
    assert operator.patch(path, "{}", content_type="application/json").status_code == 428
    assert patch(2, ends_at=None, because="chờ sửa xong").json()["properties"]["ends_at"] is None
    assert History.objects.filter(layer="closures", fid=made["id"]).order_by("-id").first().because == "chờ sửa xong"
    assert patch(3, factor=7).json()["code"] == "closure_invalid"
    assert post(operator, f"{path}/end", because="đã dọn xong").status_code == 200
    assert patch(4, ends_at=later).json()["code"] == "closure_ended"


def test_one_that_has_not_begun_is_taken_back_and_never_counts(operator: Client) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    made = closed(operator, starts_at=tomorrow.isoformat(), ends_at=(tomorrow + timedelta(hours=1)).isoformat())
    assert operator.get("/api/closures").json()["items"][0]["state"] == "coming" and route_s(operator) is not None

    post(operator, f"/api/closures/{made['id']}/end")

    assert np.isfinite(travel.network(tomorrow + timedelta(minutes=5)).factors("car")).all()
    assert (travel.network(tomorrow + timedelta(minutes=5)).factors("car") == 1).all()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"reason": "  "}, 422, "closure_invalid"),
        ({"reason": "x" * 201}, 422, "closure_invalid"),
        ({"ends_at": None}, 422, "closure_without_end"),
        ({"ends_at": "2020-01-01T00:00:00+07:00"}, 422, "closure_invalid"),
        ({"ends_at": "2999-01-01T00:00:00+07:00"}, 422, "closure_invalid"),
        ({"starts_at": "2027-03-01T00:00:00+07:00", "ends_at": "2027-02-01T00:00:00+07:00"}, 422, "closure_invalid"),
        ({"ends_at": "2026-12-24T00:00:00"}, 422, "closure_invalid"),
        ({"modes": ["rocket"]}, 422, "closure_invalid"),
        ({"modes": ["car", "car"]}, 422, "closure_invalid"),
        ({"factor": 1}, 422, "closure_invalid"),
        ({"factor": -0.1}, 422, "closure_invalid"),
        ({"geometry": None}, 422, "closure_invalid"),
        ({"geometry": None, "way": {"layer": "roads", "fid": 999_999}}, 404, "not_found"),
        ({"geometry": {"type": "Point", "coordinates": [2.35, 48.85]}}, 422, "out_of_extent"),
        ({"geometry": area(40_000, 0, 200)}, 422, "closes_nothing"),
        ({"geometry": {"type": "Point", "coordinates": lonlat(150, 250)}}, 422, "closes_nothing"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_reason(operator: Client, body: dict, status: int, code: str) -> None:
    given = {"reason": "Sửa cầu", "geometry": LINE, "ends_at": (timezone.now() + timedelta(hours=1)).isoformat(), **body}
    answer = post(operator, **given)

    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert not Closure.objects.exists()


def test_an_area_over_most_of_the_city_is_asked_about_again(operator: Client) -> None:
    huge = {"reason": "Lũ", "geometry": area(300, 600, 5_000), "until_opened": True}
    asked = post(operator, **huge)

    assert (asked.status_code, asked.json()["code"], asked.json()["holds"]["share"]) == (409, "closes_much", 1.0)
    looked = post(operator, **huge, looking=True).json()
    assert (looked["stored"], looked["holds"]["share"]) == (False, 1.0) and not Closure.objects.exists()
    assert post(operator, **huge, confirmed=True).status_code == 201


def test_a_polygon_of_a_hundred_thousand_corners_does_not_come_in(operator: Client, people: dict) -> None:
    turn = np.linspace(0, 2 * np.pi, 100_001)
    ring = [[JUNCTION[0] + 0.001 * float(np.cos(a)), JUNCTION[1] + 0.001 * float(np.sin(a))] for a in turn]
    ring[-1] = ring[0]
    wanted = Wanted(reason="Vùng", geometry={"type": "Polygon", "coordinates": [ring]}, until_opened=True)

    with pytest.raises(TOO_MANY):
        closing_roads.close(wanted=wanted, by=people["operator"], scope=scope_of(people["operator"]), at=timezone.now())


@pytest.mark.parametrize("who", ["officer", "leader", "agency", "field", None])
def test_who_may_not_close_roads_closes_changes_and_opens_none(operator: Client, people: dict, who: str | None) -> None:
    made, other = closed(operator), Client()
    if who:
        other.force_login(people[who])
    refused = 403 if who else 401

    assert post(other, reason="", geometry=LINE).status_code == refused, "before anything else is looked at"
    assert post(other, f"/api/closures/{made['id']}/end").status_code == refused
    patched = other.patch(f"/api/closures/{made['id']}", '{"factor": 0.5}', content_type="application/json", headers={"If-Match": '"v1"'})
    assert patched.status_code == refused
    assert Closure.objects.get().version == 1


def test_the_second_to_open_it_is_told_who_was_first(operator: Client, people: dict) -> None:
    made = closed(operator)
    path = f"/api/closures/{made['id']}/end"
    first, second = post(operator, path, because="xe cẩu đã xong"), post(operator, path)

    assert first.status_code == 200 and (second.status_code, second.json()["code"]) == (409, "closure_ended")
    assert second.json()["by"] == (people["operator"].display_name or "operator") and second.json()["because"] == "xe cẩu đã xong"
    assert post(operator, "/api/closures/987654/end").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_of_two_who_open_it_at_once_one_does_and_the_other_is_told(people: dict) -> None:
    with acting(by=None, because="a town"):
        build_town()
    now = timezone.now()
    with acting(by=None, because="cây đổ"):
        shut = Closure.objects.create(reason="cây đổ", starts_at=now - timedelta(minutes=5), geom=city_wkt("LINESTRING", (0, 0), (100, 0)))
    scope, told, gate = scope_of(people["operator"]), [], threading.Barrier(2)

    def opening() -> None:
        gate.wait()
        try:
            closing_roads.end(fid=shut.pk, because="", by=people["operator"], scope=scope, at=now)
            told.append("opened")
        except closing_roads.ENDED:
            told.append("was open")
        finally:
            connection.close()

    both = [threading.Thread(target=opening) for _ in range(2)]
    [one.start() for one in both]
    [one.join() for one in both]

    assert sorted(told) == ["opened", "was open"]
    shut.refresh_from_db()
    assert shut.version == 2


def test_the_database_itself_refuses_one_that_ends_before_it_begins(town: dict) -> None:
    now = timezone.now()
    with pytest.raises(Exception, match="closure_ends_after_it_begins"):
        Closure.objects.create(reason="?", starts_at=now, ends_at=now - timedelta(hours=1), geom=city_wkt("POINT", (0, 0)))


def test_two_thousand_closures_are_laid_on_at_once_and_one_more_costs_little() -> None:
    network, random = Network(grid_city()), np.random.default_rng(2)
    many = [Shut(shapely.Point(random.uniform(0, 900, 2)).buffer(15), 0.5, ("car",)) for _ in range(2_000)]
    began = timezone.now()
    laid = network.with_closures(many)
    laid.graph("car")
    first_s = (timezone.now() - began).total_seconds()
    one_more = laid.with_closures([*many, Shut(shapely.Point(10, 10).buffer(30), 0.0)])
    began = timezone.now()
    one_more.graph("car")

    assert first_s < 2 and (timezone.now() - began).total_seconds() < max(first_s, 0.2)
    assert (laid.factors("car") < 1).sum() > 50 and (laid.factors("truck") == 1).all()


def test_another_worker_knows_at_its_next_question(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = travel._kept, travel._Kept()

    def shut(worker: travel._Kept) -> bool:
        monkeypatch.setattr(travel, "_kept", worker)
        return bool((travel.network(timezone.now()).factors("car") == 0).any())

    assert not shut(here) and not shut(there)
    made = closed(operator)
    assert shut(here) and shut(there), "each reads the pulse of the database, none hears of the other"
    post(operator, f"/api/closures/{made['id']}/end")
    assert not shut(there) and not shut(here)


def test_what_was_taken_back_does_not_count_and_its_tick_is_given_to_nobody_else(operator: Client) -> None:
    before = travel.network(timezone.now())
    closed(operator, looking=True)

    assert travel.network(timezone.now()).factors("car").min() == 1 and before.factors("car").min() == 1
    closed(operator)
    assert travel.network(timezone.now()).factors("car").min() == 0
