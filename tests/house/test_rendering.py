"""What goes out as JSON is what Django's encoder says of the same values."""

import json
from collections import namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest
from ninja.responses import NinjaJSONEncoder

from geo.config.rendering import Renderer
from incidents.models import Incident

Pair = namedtuple("Pair", "a b")
VALUES: list[Any] = [
    {"vi": "Ngã Bảy, đường Hùng Vương “1”", "n": 1.25, "none": None, "yes": True, "tuple": (1, 2), 7: "key"},
    datetime(2026, 11, 24, 3, 4, 5, 678_912, tzinfo=UTC),
    datetime(2026, 11, 24, 3, 4, 5, tzinfo=timezone(timedelta(hours=7))),
    [date(2026, 2, 28), time(23, 59), timedelta(minutes=5), Decimal("12.50"), UUID(int=7)],
    [1e-7, 105.81234567, 1e22, -0.0, 2**53 + 1],
    2**70,
    "half a pair \ud800",
    Pair(1, "b"),
]


def said(value: Any) -> Any:
    return json.loads(Renderer().render(HttpRequest(), value, response_status=200))


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_it_says_what_the_encoder_of_django_says(value: Any) -> None:
    assert said(value) == json.loads(json.dumps(value, cls=NinjaJSONEncoder))


def test_text_is_written_as_it_is() -> None:
    assert Renderer().render(HttpRequest(), {"vi": "Cháy"}, response_status=200) == '{"vi":"Cháy"}'.encode()


def test_what_is_no_number_is_null_and_what_is_no_value_is_refused() -> None:
    assert said([float("nan"), float("inf")]) == [None, None]
    with pytest.raises(TypeError):
        said(Incident())
