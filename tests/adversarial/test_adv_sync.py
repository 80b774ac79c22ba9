"""Offline queues and concurrent edits, as section M of the attacks has them: one effect, one answer, nothing lost, nothing on the wrong feature."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo import repeating
from geo.acting import acting
from geo.models import KeptAnswer, User
from layers.access import scope_of
from layers.changing import presence
from layers.library.hydrants import Hydrant
from layers.library.parcels import Parcel
from layers.library.roads import Road
from layers.models import History, WaitingEdit
from tests.conftest import city_wkt
from tests.house.test_editing import as_, patch, point
from tests.incidents.conftest import FIRE

pytestmark = pytest.mark.django_db


@pytest.fixture
def hydrant(db: None) -> Hydrant:
    with acting(by=None, because="test"):
        return Hydrant.objects.create(asset_code="TN-1", geom=city_wkt("POINT", (100, 0)))


def post(client: Client, path: str, body: Any, key: str = "") -> Any:
    return client.post(path, body, content_type="application/json", headers={"Idempotency-Key": key} if key else {})


def op(hydrant: Hydrant, version: int = 1, key: str = "", **change: Any) -> dict[str, Any]:
    return {"key": key or str(uuid.uuid4()), "edit": {"layer": "hydrants", "op": "update", "fid": hydrant.pk, "version": version, **change}}


def sync(client: Client, *ops: Any) -> list[dict[str, Any]]:
    answer = post(client, "/api/sync", {"ops": list(ops)})
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def new(code: str, number: int = 20) -> dict[str, Any]:
    """A hydrant with room around it."""
    place = point(20 * (number % 10), 200 + 20 * (number // 10))
    return {"key": str(uuid.uuid4()), "edit": {"layer": "hydrants", "op": "create", "properties": {"asset_code": code}, "geometry": place}}


@pytest.mark.parametrize("times", [1, 2, 100])
def test_adv_145_the_same_op_sent_again_has_one_effect_and_one_answer(times: int, people: dict[str, User]) -> None:
    officer, key = as_(people["officer"]), str(uuid.uuid4())
    body = {"properties": {"asset_code": "TN-7"}, "geometry": point(5, 5)}
    answers = [post(officer, "/api/layers/hydrants/features", body, key) for _ in range(times)]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer["Location"] for answer in answers}) == len({answer["ETag"] for answer in answers}) == 1
    assert Hydrant.objects.count() == 1
    given = new("TN-8")
    results = [sync(officer, given)[0] for _ in range(times)]
    assert all(result == results[0] for result in results)
    assert Hydrant.objects.filter(asset_code="TN-8").count() == 1


@pytest.mark.django_db(transaction=True)
def test_adv_145_the_same_op_sent_in_parallel_has_one_effect(people: dict[str, User]) -> None:
    key, ready, answers = str(uuid.uuid4()), threading.Barrier(6), []

    def device() -> None:
        client = as_(people["officer"])
        ready.wait(20)
        answers.append(post(client, "/api/layers/hydrants/features", {"properties": {"asset_code": "TN-7"}, "geometry": point(5, 5)}, key))
        connection.close()

    threads = [threading.Thread(target=device) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answer.status_code for answer in answers] == [201] * 6
    assert len({answer.content for answer in answers}) == 1
    assert Hydrant.objects.count() == 1


def test_adv_145_a_refusal_is_not_kept_and_the_key_may_be_used_again(people: dict[str, User], hydrant: Hydrant) -> None:
    officer, key = as_(people["officer"]), str(uuid.uuid4())
    refused = post(officer, "/api/layers/hydrants/features", {"properties": {"asset_code": "TN-1"}, "geometry": point(5, 5)}, key)

    assert refused.status_code == 409
    assert not KeptAnswer.objects.exists()
    assert post(officer, "/api/layers/hydrants/features", {"properties": {"asset_code": "TN-2"}, "geometry": point(5, 5)}, key).status_code == 201


def test_adv_146_the_same_key_with_another_body_is_refused_and_changes_nothing(people: dict[str, User], hydrant: Hydrant) -> None:
    officer, key = as_(people["officer"]), str(uuid.uuid4())
    post(officer, "/api/layers/hydrants/features", {"properties": {"asset_code": "TN-7"}, "geometry": point(5, 5)}, key)
    other = post(officer, "/api/layers/hydrants/features", {"properties": {"asset_code": "TN-8"}, "geometry": point(5, 5)}, key)
    elsewhere = post(officer, "/api/layers/street_lights/features", {"properties": {"asset_code": "TN-7"}, "geometry": point(5, 5)}, key)
    first = op(hydrant, properties={"condition": 2})
    sync(officer, first)
    (again,) = sync(officer, {**first, "edit": {**first["edit"], "properties": {"condition": 5}}})

    for refused in (other.json(), elsewhere.json(), again["problem"]):
        assert (refused["code"], refused["status"]) == ("idempotency_mismatch", 422)
    assert set(Hydrant.objects.values_list("asset_code", "condition")) == {("TN-7", 3), ("TN-1", 2)}


@pytest.mark.parametrize("key", ["short", "has a space in it", "x" * 201, "khoá-của-tôi"])
def test_adv_146_what_is_no_key_is_refused(key: str, people: dict[str, User], hydrant: Hydrant) -> None:
    answer = post(as_(people["officer"]), "/api/edits", {"edits": [op(hydrant, properties={"condition": 2})["edit"]]}, key)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert Hydrant.objects.get(pk=hydrant.pk).version == 1


def test_adv_145_keys_are_each_persons_own(people: dict[str, User]) -> None:
    key, body = str(uuid.uuid4()), {"properties": {"asset_code": "TN-7"}, "geometry": point(5, 5)}
    assert post(as_(people["officer"]), "/api/layers/hydrants/features", body, key).status_code == 201
    assert post(as_(people["approver"]), "/api/layers/hydrants/features", body, key).json().get("code") == "conflict"


def test_adv_148_one_bad_op_of_a_hundred_is_told_and_the_others_are_stored(people: dict[str, User]) -> None:
    ops = [new(f"TN-{number}", number) for number in range(100)]
    ops[36]["edit"]["properties"]["condition"] = 99
    ops[50] = "not an op"  # type: ignore[call-overload]
    results = sync(as_(people["officer"]), *ops)

    assert [result["status"] for result in results] == ["rejected" if number in (36, 50) else "applied" for number in range(100)]
    assert (results[36]["key"], results[36]["problem"]["field"]) == (ops[36]["key"], "condition")
    assert Hydrant.objects.count() == 98
    ops[36]["edit"]["properties"]["condition"] = 2
    assert [result["status"] for result in sync(as_(people["officer"]), *ops[:50])] == ["applied"] * 50
    assert Hydrant.objects.count() == 99


def test_adv_148_what_follows_a_refused_change_of_a_feature_waits_with_it(people: dict[str, User], hydrant: Hydrant) -> None:
    with acting(by=None, because="meanwhile"):
        Hydrant.objects.filter(pk=hydrant.pk).update(condition=1, version=2)
    results = sync(as_(people["officer"]), op(hydrant, properties={"condition": 4}), op(hydrant, 2, properties={"flow_lps": 7}), new("TN-9"))

    assert [result["status"] for result in results] == ["conflict", "needs_review", "applied"]
    assert results[1]["problem"]["code"] == "depends_on_refused"
    assert Hydrant.objects.get(pk=hydrant.pk).flow_lps is None


def test_adv_149_two_officers_on_one_attribute_both_are_kept(people: dict[str, User], hydrant: Hydrant) -> None:
    assert sync(as_(people["approver"]), op(hydrant, properties={"condition": 1}))[0]["status"] == "applied"
    late = op(hydrant, properties={"condition": 5})
    (result,) = sync(as_(people["officer"]), late)

    problem = result["problem"] or {}
    assert (result["status"], problem.get("clashes")) == ("conflict", ["condition"])
    assert [problem["base"]["properties"]["condition"], problem["mine"]["properties"]["condition"], problem["theirs"]["properties"]["condition"]] == [3, 5, 1]
    (kept,) = as_(people["officer"]).get("/api/sync/waiting").json()["items"]
    assert (kept["key"], kept["op"]["edit"]["properties"]) == (late["key"], {"condition": 5})
    assert as_(people["approver"]).get("/api/sync/waiting").json()["items"] == []
    # The person decides for the own value: an edit of its own, on the version that stands.
    assert sync(as_(people["officer"]), op(hydrant, 2, properties={"condition": 5}))[0]["status"] == "applied"
    assert as_(people["officer"]).delete(f"/api/sync/waiting/{late['key']}").status_code == 200
    assert as_(people["officer"]).get("/api/sync/waiting").json()["items"] == []
    assert [row.row_before["condition"] for row in History.objects.filter(layer="hydrants", fid=hydrant.pk, op="update").order_by("id")] == [3, 1]


def test_adv_150_different_attributes_of_one_feature_merge(people: dict[str, User], hydrant: Hydrant) -> None:
    first = sync(as_(people["approver"]), op(hydrant, properties={"condition": 1}))
    second = sync(as_(people["officer"]), op(hydrant, properties={"flow_lps": 9}, geometry=point(120, 0)))

    assert [first[0]["status"], second[0]["status"], (second[0]["done"] or {}).get("merged")] == ["applied", "merged", ["condition"]]
    now = Hydrant.objects.get(pk=hydrant.pk)
    assert (now.condition, now.flow_lps, now.version) == (1, 9, 3)


def test_adv_153_what_changed_while_offline_needs_review_and_is_never_put_on_something_else(
    people: dict[str, User], hydrant: Hydrant, town: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = as_(people["officer"])
    parcel = {"layer": "parcels", "op": "update", "fid": town["parcel"].pk, "version": 1, "properties": {"status": "disputed"}}
    ops = [
        op(hydrant, properties={"colour": "đỏ"}),
        {"key": str(uuid.uuid4()), "edit": {**parcel, "layer": "no_more"}},
        {"key": str(uuid.uuid4()), "edit": parcel},
        op(hydrant, 1, properties={"condition": 2}),
    ]
    before = (Hydrant.objects.get(pk=hydrant.pk).version, Parcel.objects.get(pk=town["parcel"].pk).version)
    results = sync(officer, *ops)

    assert [result["status"] for result in results] == ["needs_review"] * 4
    assert [result["problem"]["code"] for result in results] == ["field_not_writable", "not_found", "review_required", "depends_on_refused"]
    assert (Hydrant.objects.get(pk=hydrant.pk).version, Parcel.objects.get(pk=town["parcel"].pk).version) == before
    assert WaitingEdit.objects.filter(user=people["officer"]).count() == 4
    people["officer"].roles.clear()
    (late,) = sync(officer, op(hydrant, properties={"condition": 2}))
    assert (late["status"], late["problem"]["status"]) == ("needs_review", 404)


def test_adv_153_a_feature_that_was_split_away_is_told_and_its_edit_is_kept(people: dict[str, User], town: dict) -> None:
    street = town["street"]
    edit = {"layer": "roads", "op": "update", "fid": street.pk, "version": 1, "properties": {"name": "Tên mới"}}
    with acting(by=None, because="cut at a junction"):
        Road.objects.filter(pk=street.pk).delete()
    (result,) = sync(as_(people["officer"]), {"key": str(uuid.uuid4()), "edit": edit})

    assert (result["status"], result["problem"].get("deleted", {}).get("because")) == ("conflict", "cut at a junction")
    assert result["problem"]["theirs"] is None
    assert WaitingEdit.objects.get().op["edit"]["properties"] == {"name": "Tên mới"}
    assert not Road.objects.filter(name="Tên mới").exists()


@pytest.mark.parametrize("made_at", ["1970-01-01T00:00:00Z", "2038-01-19T03:14:07Z", "not a time", ""])
def test_adv_154_a_devices_clock_orders_nothing(made_at: str, people: dict[str, User], hydrant: Hydrant) -> None:
    now = timezone.now()
    first = sync(as_(people["officer"]), {**op(hydrant, properties={"condition": 1}), "made_at": made_at})
    second = sync(as_(people["officer"]), {**op(hydrant, 2, properties={"condition": 2}), "made_at": "2001-01-01T00:00:00Z"})

    assert [first[0]["status"], second[0]["status"]] == ["applied", "applied"]
    kept = History.objects.filter(layer="hydrants", fid=hydrant.pk, op="update").order_by("id")
    assert [row.version for row in kept] == [1, 2]
    assert all(abs(row.at - now) < timedelta(minutes=5) for row in kept)


def test_adv_156_the_codes_of_missing_wild_weak_and_stale_versions(people: dict[str, User], hydrant: Hydrant) -> None:
    officer = as_(people["officer"])
    answers = [patch(officer, "hydrants", hydrant.pk, version, properties={"condition": 2}).status_code for version in (None, "*", 'W/"v1"', '"v9"', '"v1"')]
    assert answers == [428, 428, 412, 412, 200]


def test_adv_157_a_case_reported_by_page_and_worker_at_once_is_one(people: dict[str, User]) -> None:
    operator, key = as_(people["operator"]), str(uuid.uuid4())
    answers = [post(operator, "/api/incidents", {**FIRE, "key": key}) for _ in range(3)]
    assert len({answer.json()["id"] for answer in answers}) == 1


@pytest.mark.django_db(transaction=True)
def test_adv_158_no_update_is_lost_among_eight_writers(people: dict[str, User]) -> None:
    """Each reads, adds one and writes on the version that it read: the sum is the number of writes that were taken."""
    with acting(by=None, because="test"):
        hydrant = Hydrant.objects.create(asset_code="TN-1", flow_lps=0, geom=city_wkt("POINT", (100, 0)))

    def writer(_: int) -> int:
        client, taken = as_(people["officer"]), 0
        for _ in range(12):
            now = client.get(f"/api/layers/hydrants/features/{hydrant.pk}").json()
            answer = patch(client, "hydrants", hydrant.pk, now["version"], properties={"flow_lps": now["properties"]["flow_lps"] + 1})
            assert answer.status_code in (200, 412), answer.content
            taken += answer.status_code == 200
        connection.close()
        return taken

    with ThreadPoolExecutor(8) as pool:
        taken = sum(pool.map(writer, range(8)))

    now = Hydrant.objects.get(pk=hydrant.pk)
    assert (now.flow_lps, now.version) == (taken, taken + 1)
    assert taken >= 12


def test_adv_160_a_presence_whose_holder_vanished_ends_by_itself_and_never_blocks(people: dict[str, User], hydrant: Hydrant) -> None:
    at = timezone.now()
    presence.show(slug="hydrants", fid=hydrant.pk, by=people["officer"], scope=scope_of(people["officer"]), at=at)

    def others(later: timedelta) -> list[Any]:
        return presence.show(slug="hydrants", fid=hydrant.pk, by=people["approver"], scope=scope_of(people["approver"]), at=at + later)

    assert len(others(timedelta(seconds=119))) == 1
    assert patch(as_(people["approver"]), "hydrants", hydrant.pk, 1, properties={"condition": 1}).status_code == 200
    assert others(timedelta(seconds=121)) == []


def test_adv_161_undo_after_others_have_gone_on_is_refused(people: dict[str, User], hydrant: Hydrant) -> None:
    officer = as_(people["officer"])
    patch(officer, "hydrants", hydrant.pk, 1, properties={"condition": 1})
    patch(as_(people["approver"]), "hydrants", hydrant.pk, 2, properties={"condition": 2})
    undo = officer.post(f"/api/layers/hydrants/features/{hydrant.pk}/restore", {"version": 1}, content_type="application/json", headers={"If-Match": '"v2"'})

    assert undo.status_code == 412
    assert undo.json()["theirs"]["properties"]["condition"] == 2
    assert Hydrant.objects.get(pk=hydrant.pk).condition == 2


def test_a_key_sent_by_nobody_is_no_key(db: None) -> None:
    answer = post(Client(), "/api/edits", {"edits": []}, str(uuid.uuid4()))
    assert (answer.status_code, KeptAnswer.objects.count()) == (401, 0)


def test_old_answers_go(people: dict[str, User], hydrant: Hydrant) -> None:
    KeptAnswer.objects.create(user=people["officer"], key="an-old-key", digest="x", at=timezone.now() - repeating.KEPT - timedelta(days=1))
    sync(as_(people["officer"]), op(hydrant, properties={"condition": 1}))
    assert list(KeptAnswer.objects.values_list("key", flat=True)) != []
    assert not KeptAnswer.objects.filter(key="an-old-key").exists()
