"""Guessing passwords: ten wrong tries under a name from a network, and the right one has to wait as well."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from geo import guessing
from geo.errors import TOO_MANY
from geo.models import SignInFailure, User

pytestmark = pytest.mark.django_db


def sign_in(client: Client, password: str, username: str = "operator", address: str = "10.0.0.1"):
    return client.post("/api/session", {"username": username, "password": password}, content_type="application/json", REMOTE_ADDR=address)


def test_after_ten_wrong_tries_even_the_right_password_waits(client: Client, people: dict[str, User]) -> None:
    wrong = [sign_in(client, "guess").status_code for _ in range(10)]
    answer = sign_in(client, "a long enough word")

    assert wrong == [401] * 10
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
    assert 0 < int(answer["Retry-After"]) <= 900
    assert sign_in(client, "a long enough word", address="10.0.0.2").status_code == 200, "the person at the desk still gets in"


def test_a_fortnight_of_typing_errors_does_not_add_up(people: dict[str, User]) -> None:
    now = timezone.now()
    for minutes in range(0, 400, 2):
        guessing.remember(account="operator", network="10.0.0.1", at=now - timedelta(minutes=400 - minutes))
    guessing.check(account="operator", network="10.0.0.1", at=now)

    assert SignInFailure.objects.count() < 20


def test_who_tries_many_names_from_one_network_is_stopped(people: dict[str, User]) -> None:
    now = timezone.now()
    for index in range(100):
        guessing.remember(account=f"name{index}", network="10.0.0.1", at=now)

    with pytest.raises(TOO_MANY):
        guessing.check(account="another", network="10.0.0.1", at=now)
    guessing.check(account="another", network="10.0.0.9", at=now)


def test_signing_in_from_another_site_is_refused(client: Client, people: dict[str, User]) -> None:
    answer = client.post(
        "/api/session", {"username": "operator", "password": "a long enough word"}, content_type="application/json", headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
