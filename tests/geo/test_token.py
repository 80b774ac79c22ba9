"""Tokens of machines: issued once, known by their holder's rights, revoked at once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from geo.models import Token, User

pytestmark = pytest.mark.django_db


def said(*words: str) -> str:
    out = StringIO()
    call_command("token", *words, stdout=out)
    return out.getvalue().strip()


def test_a_token_is_shown_once_and_stands_until_it_is_revoked(client: Client, people: dict[str, User]) -> None:
    secret = said("kiosk", "--name", "wall", "--days", "30")
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/session", headers=headers).json()["user"]["username"] == "kiosk"
    assert "wall" in said() and secret not in said()

    said("--revoke", str(Token.objects.get().pk))
    assert client.get("/api/session", headers=headers).json()["authenticated"] is False
    assert said().endswith("revoked")


@pytest.mark.parametrize("words", [["nobody"], ["kiosk", "--days", "0"], ["--revoke", "99"]])
def test_what_cannot_be_is_refused(people: dict[str, User], words: list[str]) -> None:
    with pytest.raises(CommandError):
        said(*words)
