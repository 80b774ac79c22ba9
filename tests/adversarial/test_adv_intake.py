"""Reports that want to break something: texts that hide, turn around or never end, numbers that are none, places that are a trap."""

from typing import Any

import pytest
from django.test import Client

from incidents.models import Incident
from tests.incidents.conftest import FIRE, operator, post  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db


def test_names_are_what_is_seen_of_them(operator: Client, town: dict) -> None:  # noqa: F811
    answer = post(
        operator,
        "/api/incidents",
        {
            **FIRE,
            "reporter_name": "Nguyễn\u202e Văn\u200b A\x00",
            "reporter_phone": "\u202a0909\u200b123456\u202c",
            "place_name": "chợ\r\n\u2066Ngã Bảy\u2069",
            "description": "cháy\x00 lớn\u202e\n\tở chợ\x1b[2J",
        },
    )

    assert answer.status_code == 201, answer.content
    row = Incident.objects.get()
    assert (row.reporter_name, row.reporter_phone, row.place_name) == ("Nguyễn Văn A", "0909123456", "chợ Ngã Bảy")
    assert row.description == "cháy lớn\n\tở chợ[2J"


@pytest.mark.parametrize(
    "more",
    [
        {"description": "x" * 4_001},
        {"reporter_name": "x" * 121},
        {"place_name": "x" * 121},
        {"reporter_phone": "9" * 41},
        {"place_source": "x" * 21},
        {"place_source": "'; drop table incidents_incident; --"[:20]},
        {"accuracy_m": 1e9},
        {"accuracy_m": "Infinity"},
        {"severity": 6},
        {"severity": -1},
        {"call": -1},
        {"call": 2**70},
        {"key": "' or 1=1"},
        {"lon": None},
        {"lat": 91},
        {"lon": [105.8]},
        {"description": {"$ne": ""}},
        {"category": "house_fire' --"},
    ],
)
def test_what_cannot_be_a_report_is_refused_with_a_code_and_leaves_nothing(operator: Client, town: dict, more: dict[str, Any]) -> None:  # noqa: F811
    answer = post(operator, "/api/incidents", {**FIRE, **more})

    assert answer.status_code in (400, 422), answer.content
    assert answer.json()["code"]
    assert not Incident.objects.exists()


def test_a_text_without_end_is_not_read_to_its_end(operator: Client, town: dict) -> None:  # noqa: F811
    answer = post(operator, "/api/incidents", {**FIRE, "description": "x" * 6_000_000})

    assert answer.status_code in (400, 413, 422)
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "text", ["' or '1'='1", "1; select pg_sleep(9)", "%' and 1=1 --", "\\", "((((((", "tờ ' thửa '", "trụ đèn %", "hẻm _ %", "+" * 200, "9C3W9QCJ+" * 20]
)
def test_hostile_searches_are_words_and_nothing_else(operator: Client, town: dict, text: str) -> None:  # noqa: F811
    for current in ("true", "false"):
        answer = operator.get("/api/search", {"q": text[:200], "current": current})
        assert answer.status_code == 200, answer.content
        assert answer.json()["incomplete"] == []
