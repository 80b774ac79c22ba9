"""One crash is told three times within minutes, by telephone, by Zalo and from a camera: it becomes one case, and neither a reporter nor a clock is lost.

A fourth report that was merged by mistake is taken out again, with all that is its own.
"""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from geo.models import User
from incidents.intake import reporting
from incidents.models import Entry, Incident
from tests.conftest import JUNCTION
from tests.incidents.conftest import post

pytestmark = pytest.mark.django_db
BEGAN = timezone.now() - timedelta(minutes=12)


def told(after_min: float, by: User | None, **given: Any) -> Incident:
    common = {"lon": JUNCTION[0] + 0.001, "lat": JUNCTION[1] + 0.0001}
    return reporting.report(given=reporting.Report(**{**common, **given}), by=by, at=BEGAN + timedelta(minutes=after_min))[0]


@pytest.fixture
def reports(people: dict[str, User], town: dict) -> dict[str, Incident]:
    by = people["operator"]
    return {
        "zalo": told(0, None, category="crash", channel="zalo", description="2 xe máy tông nhau trước cổng chợ", reporter_name="Chị Hai", reporter_phone="0902 000 002"),
        "phone": told(
            2, by, category="crash_injury", channel="phone", description="Hai xe máy tông nhau ở cổng chợ, có người chảy máu", reporter_name="Ông Sáu",
            reporter_phone="0901 000 001", lon=JUNCTION[0] + 0.0014, accuracy_m=80,
        ),
        "camera": told(3, by, category="crash", channel="camera", description="xe nằm trên mặt đường", lon=JUNCTION[0] + 0.0011),
        "ward": told(6, None, category="crash", channel="walk_in", description="va quẹt, hai bên tự thỏa thuận", lon=JUNCTION[0] + 0.0018, reporter_name="Anh Ba", reporter_phone="0903 000 003"),
    }  # fmt: skip


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_three_channels_report_one_crash(reports: dict[str, Incident], people: dict[str, User]) -> None:
    operator = Client()
    operator.force_login(people["operator"])
    zalo, phone, camera, ward = (reports[name].pk for name in ("zalo", "phone", "camera", "ward"))

    # The operator has the telephone's case in hand: the others are suggested, each with its reasons, across channels and kinds.
    found = operator.get(f"/api/incidents/{phone}/duplicates").json()
    assert {zalo, camera} <= {one["id"] for one in found["items"]}
    first = found["items"][0]
    assert first["id"] == zalo, "nearest in words"
    said = {reason["code"]: reason["vi"] for reason in first["reasons"]}
    assert said["channel"] == "qua Zalo" and said["time"] == "trước 2 phút" and said["kind"].startswith("cùng nhóm")
    assert "words" in said
    assert found["mass"] is None

    # Merged by one key each; the ward's report goes in too, by mistake.
    for other in (zalo, camera, ward):
        assert post(operator, f"/api/incidents/{other}/merge", {"into": phone}).status_code == 200
    main = operator.get(f"/api/incidents/{phone}").json()

    # No reporter is lost: each by channel and telephone, to be answered.
    people = [(one["channel"], one["reporter_phone"]) for one in main["reports"]]
    assert people == [("phone", "0901 000 001"), ("zalo", "0902 000 002"), ("camera", ""), ("walk_in", "0903 000 003")]
    # No clock is lost: the response is measured from the first word, two minutes before the call.
    assert moment(main["clock_at"]) == BEGAN
    assert moment(main["timers"]["acknowledge_by"]) == BEGAN + timedelta(seconds=60)
    assert [moment(one["reported_at"]) for one in main["reports"][1:]] == [BEGAN, BEGAN + timedelta(minutes=3), BEGAN + timedelta(minutes=6)]
    # No step is lost: the sequence holds what happened to each.
    assert {entry.get("case") for entry in main["entries"]} == {None, reports["zalo"].code, reports["camera"].code, reports["ward"].code}
    assert [one["eido"] for one in main["related"]] == ["REPLACING"] * 3
    assert operator.get("/api/incidents?state=open").json()["counts"]["open"] == 1

    # Two quarrelled at another corner: the ward's report was not this crash.
    back = post(operator, f"/api/incidents/{ward}/split", {"reason": "vụ va quẹt khác, cách một dãy nhà"}).json()
    main = operator.get(f"/api/incidents/{phone}").json()
    assert (back["status"], back["reporter_phone"], back["merged_into"], moment(back["reported_at"])) == (
        "new",
        "0903 000 003",
        None,
        BEGAN + timedelta(minutes=6),
    )
    assert moment(back["timers"]["acknowledge_by"]) == BEGAN + timedelta(minutes=7)
    assert {one["id"] for one in main["reports"]} == {zalo, phone, camera}
    assert moment(main["clock_at"]) == BEGAN, "the others' clocks stay"
    assert operator.get("/api/incidents?state=open").json()["counts"]["open"] == 2

    # Were the first word taken out as well, the case would be measured from the call again.
    post(operator, f"/api/incidents/{zalo}/split", {"reason": "x"})
    assert operator.get(f"/api/incidents/{phone}").json()["clock_at"] is None
    assert Incident.objects.count() == 4 and Entry.objects.filter(kind="report").count() == 4
