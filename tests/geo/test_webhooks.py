"""A message is taken from who knows the secret, while it is fresh, as it was sent; checked against the standard's own example."""

from datetime import UTC, datetime, timedelta

import pytest

from geo import webhooks

# The example of the specification (standard-webhooks, "Signature scheme"), whose secret is public.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}'


def sent(*, off_s: int = 0, secret: str = SECRET) -> dict[str, str]:
    """The headers of a message that is signed now, or so many seconds from now."""
    stamp = str(int(datetime.now(UTC).timestamp()) + off_s)
    return {"webhook-id": KEY, "webhook-timestamp": stamp, "webhook-signature": webhooks.signature(secret=secret, id=KEY, timestamp=stamp, body=BODY)}


def read(headers: dict[str, str], body: bytes = BODY, secrets: tuple[str, ...] = (SECRET,)) -> webhooks.Message:
    return webhooks.read(headers=headers, body=body, secrets=secrets, at=datetime.now(UTC))


def test_the_standards_own_example_is_signed_alike_and_what_is_signed_is_taken() -> None:
    assert webhooks.signature(secret=SECRET, id=KEY, timestamp="1614265330", body=BODY) == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert read(sent()) == webhooks.Message(KEY, BODY)


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({"webhook-id": "msg_other"}, BODY),
        ({"webhook-id": ""}, BODY),
        ({"webhook-id": "a b"}, BODY),
        ({"webhook-timestamp": "soon"}, BODY),
        ({"webhook-timestamp": "nan"}, BODY),
        ({"webhook-timestamp": "١٦"}, BODY),
        ({"webhook-signature": ""}, BODY),
        ({"webhook-signature": "v1"}, BODY),
        ({"webhook-signature": "v1,?"}, BODY),
        ({"webhook-signature": "v1,é"}, BODY),
        ({"webhook-signature": f"v1,{'A' * 43}="}, BODY),
        ({"webhook-signature": f"v1,{'A' * 43}= " * 40}, BODY),
        ({}, BODY + b" "),
        ({}, b""),
        ({}, b"\xff\xfe"),
    ],
)
def test_anything_else_is_not_signed(changed: dict[str, str], body: bytes) -> None:
    with pytest.raises(webhooks.UNSIGNED):
        read({**sent(), **changed}, body)


def test_the_moment_is_signed_too() -> None:
    later = str(int(sent()["webhook-timestamp"]) + 20)
    with pytest.raises(webhooks.UNSIGNED):
        read({**sent(), "webhook-timestamp": later})


def test_a_signature_of_another_version_is_none() -> None:
    right = sent()
    with pytest.raises(webhooks.UNSIGNED):
        read({**right, "webhook-signature": right["webhook-signature"].replace("v1,", "v2,")})


def test_another_secret_is_refused_and_two_stand_while_one_replaces_the_other() -> None:
    other, right = "whsec_" + "QUJD" * 8, sent()

    with pytest.raises(webhooks.UNSIGNED):
        read(right, secrets=(other,))
    assert read({**right, "webhook-signature": f"v1,{'A' * 43}= {right['webhook-signature']}"}, secrets=(other, SECRET)).id == KEY


@pytest.mark.parametrize("seconds", [310, -310])
def test_a_message_of_another_time_is_refused_whoever_signed_it(seconds: int) -> None:
    with pytest.raises(webhooks.OUT_OF_TIME):
        read(sent(off_s=seconds))
    assert read(sent(off_s=seconds - 20 if seconds > 0 else seconds + 20))
    # A clock that is believed here and not by the library, or the other way round, takes nothing either.
    with pytest.raises(webhooks.UNSIGNED):
        webhooks.read(headers=sent(off_s=-310), body=BODY, secrets=[SECRET], at=datetime.now(UTC) - timedelta(seconds=310))


def test_without_a_secret_nothing_is_taken_and_a_short_one_is_none() -> None:
    with pytest.raises(webhooks.NOT_SET_UP):
        read(sent(), secrets=())
    for short in ("whsec_QUJD", "whsec_***", ""):
        with pytest.raises(ValueError, match="secret"):
            webhooks.secret_bytes(short)
