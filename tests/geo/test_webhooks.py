"""A message is taken from who knows the secret, while it is fresh, as it was sent; checked against the standard's own example."""

from datetime import UTC, datetime, timedelta

import pytest

from geo import webhooks

# The example of the specification (standard-webhooks, "Signature scheme"), whose secret is public.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY, STAMP, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
SIGNED = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
THEN = datetime.fromtimestamp(int(STAMP), UTC)
HEADERS = {"webhook-id": KEY, "webhook-timestamp": STAMP, "webhook-signature": SIGNED}


def test_the_standards_own_example_is_signed_alike() -> None:
    assert webhooks.signature(secret=SECRET, id=KEY, timestamp=STAMP, body=BODY) == SIGNED
    assert webhooks.read(headers=HEADERS, body=BODY, secrets=[SECRET], at=THEN) == webhooks.Message(KEY, BODY)


@pytest.mark.parametrize(
    ("changed", "body"),
    [
        ({"webhook-id": "msg_other"}, BODY),
        ({"webhook-id": ""}, BODY),
        ({"webhook-id": "a b"}, BODY),
        ({"webhook-timestamp": "1614265331"}, BODY),
        ({"webhook-timestamp": "soon"}, BODY),
        ({"webhook-timestamp": "١٦"}, BODY),
        ({"webhook-signature": ""}, BODY),
        ({"webhook-signature": SIGNED.replace("v1,", "v2,")}, BODY),
        ({"webhook-signature": SIGNED[:-2] + "A="}, BODY),
        ({"webhook-signature": "v1,é"}, BODY),
        ({}, BODY + b" "),
        ({}, b""),
    ],
)
def test_anything_else_is_not_signed(changed: dict[str, str], body: bytes) -> None:
    with pytest.raises(webhooks.UNSIGNED):
        webhooks.read(headers={**HEADERS, **changed}, body=body, secrets=[SECRET], at=THEN)


def test_another_secret_is_refused_and_two_stand_while_one_replaces_the_other() -> None:
    other = "whsec_" + "QUJD" * 8

    with pytest.raises(webhooks.UNSIGNED):
        webhooks.read(headers=HEADERS, body=BODY, secrets=[other], at=THEN)
    assert webhooks.read(headers={**HEADERS, "webhook-signature": f"v1,{'A' * 43}= {SIGNED}"}, body=BODY, secrets=[other, SECRET], at=THEN).id == KEY


@pytest.mark.parametrize("seconds", [301, -301])
def test_a_message_of_another_time_is_refused_whoever_signed_it(seconds: int) -> None:
    with pytest.raises(webhooks.OUT_OF_TIME):
        webhooks.read(headers=HEADERS, body=BODY, secrets=[SECRET], at=THEN + timedelta(seconds=seconds))
    assert webhooks.read(headers=HEADERS, body=BODY, secrets=[SECRET], at=THEN + timedelta(seconds=299 * (1 if seconds > 0 else -1)))


def test_without_a_secret_nothing_is_taken_and_a_short_one_is_none() -> None:
    with pytest.raises(webhooks.NOT_SET_UP):
        webhooks.read(headers=HEADERS, body=BODY, secrets=[], at=THEN)
    for short in ("whsec_QUJD", "whsec_***", ""):
        with pytest.raises(ValueError, match="secret"):
            webhooks.secret_bytes(short)
