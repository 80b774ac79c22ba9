"""Two operators write one case at once: what does not collide is kept from both, what does is told with base, mine and theirs."""

import pytest
from django.test import Client

from geo.models import User
from incidents.models import Entry, Incident
from tests.incidents.conftest import post, report

pytestmark = pytest.mark.django_db


def patch(client: Client, case: dict, version: int | None, **fields: object) -> object:
    headers = {"If-Match": f'"v{version}"'} if version is not None else {}
    return client.patch(f"/api/incidents/{case['id']}", fields, content_type="application/json", headers=headers)


def test_two_people_who_change_different_fields_lose_neither(operator: Client, second: Client, town: dict) -> None:
    case = report(operator, description="cháy", place_name="chợ")
    first = patch(operator, case, case["version"], severity=4)
    other = patch(second, case, case["version"], place_name="chợ Ngã Bảy", description="cháy to")

    assert (first.status_code, other.status_code) == (200, 200), other.content
    after = other.json()
    assert (after["severity"], after["place_name"], after["description"]) == (4, "chợ Ngã Bảy", "cháy to")
    assert other.headers["ETag"] == f'"v{after["version"]}"'
    assert [entry["fields"] for entry in after["entries"][-2:]] == [
        {"severity": [5, 4]},
        {"description": ["cháy", "cháy to"], "place_name": ["chợ", "chợ Ngã Bảy"]},
    ]


def test_a_true_clash_is_told_with_all_three_and_writes_nothing(operator: Client, second: Client, town: dict) -> None:
    case = report(operator, description="cháy")
    patch(operator, case, case["version"], description="cháy nhà kho", severity=4)
    answer = patch(second, case, case["version"], description="cháy xe", place_name="bến xe")

    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    told = answer.json()
    assert (told["fields"], told["base"], told["mine"], told["theirs"]) == (
        ["description"], {"description": "cháy"}, {"description": "cháy xe"}, {"description": "cháy nhà kho"},
    )  # fmt: skip
    assert Incident.objects.get().place_name == ""
    again = patch(second, case, told["version"], description="cháy xe", place_name="bến xe")
    assert (again.status_code, again.json()["description"]) == (200, "cháy xe"), "on the version that was told, one's own word stands"


def test_what_both_wrote_alike_or_wrote_back_is_no_clash(operator: Client, second: Client, town: dict) -> None:
    case = report(operator, description="cháy")
    patch(operator, case, case["version"], description="cháy nhà")
    same = patch(second, case, case["version"], description="cháy nhà")
    unchanged = patch(second, case, case["version"], description="cháy")

    assert (same.status_code, same.json()["changed"]) == (200, [])
    assert (unchanged.status_code, unchanged.json()["description"]) == (200, "cháy nhà"), "who changed nothing takes nothing back"
    assert Entry.objects.filter(kind="amend").count() == 1


def test_a_verb_that_changes_a_field_clashes_too(operator: Client, second: Client, town: dict) -> None:
    case = report(operator)
    post(operator, f"/api/incidents/{case['id']}/verify", {"severity": 3})
    assert patch(second, case, case["version"], severity=2).json()["theirs"] == {"severity": 3}

    case = report(operator)
    patch(operator, case, case["version"], severity=2)
    late = second.post(f"/api/incidents/{case['id']}/verify", {"severity": 4}, content_type="application/json", headers={"If-Match": f'"v{case["version"]}"'})
    assert (late.status_code, late.json()["code"]) == (412, "stale")
    assert Incident.objects.get(pk=case["id"]).status == "new"


@pytest.mark.parametrize(("version", "fields", "status", "code"), [
    (None, {"severity": 3}, 428, "precondition_required"), (99, {"severity": 3}, 400, "bad_request"), (1, {"severity": 9}, 422, "bad_severity"),
    (1, {"category": "dragons"}, 422, "unknown_category"), (1, {"description": "x" * 4_001}, 422, "too_long"), (1, {"place_name": "x" * 121}, 422, "too_long"),
])  # fmt: skip
def test_a_wrong_change_gets_its_code(operator: Client, town: dict, version: int | None, fields: dict, status: int, code: str) -> None:
    answer = patch(operator, report(operator), version, **fields)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Incident.objects.get().version == 1


def test_what_has_ended_is_not_rewritten(operator: Client, town: dict) -> None:
    case = report(operator)
    post(operator, f"/api/incidents/{case['id']}/cancel", {"reason": "x"})

    assert patch(operator, case, 2, severity=1).json()["code"] == "not_now"


@pytest.mark.parametrize("role", ["leader", "agency", "field", "kiosk"])
def test_only_who_handles_cases_writes_them(people: dict[str, User], operator: Client, town: dict, role: str) -> None:
    case = report(operator)
    client = Client()
    client.force_login(people[role])

    assert patch(client, case, 1, severity=1).status_code == 403


def test_somebody_else_who_has_the_case_open_is_shown(operator: Client, people: dict[str, User], town: dict) -> None:
    case = report(operator)
    other = User.objects.create_user(username="ba", password="a long enough word", display_name="Ba")
    other.roles.set(people["operator"].roles.all())
    client = Client()
    client.force_login(other)
    path = f"/api/incidents/{case['id']}/presence"

    assert post(client, path).json() == {"others": []}
    assert [one["name"] for one in post(operator, path).json()["others"]] == ["Ba"]
    client.delete(path)
    assert post(operator, path).json() == {"others": []}
    assert post(operator, "/api/incidents/999999/presence").status_code == 404
