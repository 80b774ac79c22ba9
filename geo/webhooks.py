"""Messages from other machines, signed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature): real, fresh and whole.

The standard's own library checks them. Here is what it leaves to us: secrets that are too short to keep anything, several of them while one
replaces another, ids that can be stored, and a refusal that says whether the signature or the clock is wrong.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook, WebhookVerificationError

from geo.errors import define

NOT_SET_UP = define("webhook_not_set_up", 503, "Chưa cài đặt khoá ký", "No signing secret is set")
UNSIGNED = define("webhook_unsigned", 401, "Chữ ký không đúng", "The signature is missing or wrong")
OUT_OF_TIME = define("webhook_out_of_time", 401, "Thời điểm ký lệch quá 5 phút", "The time stamp is more than five minutes off")

# As the library has it; known here to say which of the two is wrong.
SKEW = timedelta(minutes=5)
PREFIX = "whsec_"
SHORTEST_SECRET_BYTES = 24
ID = re.compile(r"[\x21-\x7e]{1,120}", re.ASCII)
STAMP = re.compile(r"\d{1,12}", re.ASCII)
LONGEST_SIGNATURES = 1_000


@dataclass(frozen=True)
class Message:
    """A message that was signed by who knows the secret."""

    id: str
    body: bytes


def secret_bytes(text: str) -> bytes:
    """The bytes of a secret as it is written. Raises ValueError for one that is none or too short to keep anything."""
    try:
        found = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("a secret is whsec_ and base64") from error
    if len(found) < SHORTEST_SECRET_BYTES:
        raise ValueError(f"a secret has at least {SHORTEST_SECRET_BYTES} bytes")
    return found


def signature(*, secret: str, id: str, timestamp: str, body: bytes) -> str:
    """The signature of a message, as its header says it."""
    return Webhook(secret_bytes(secret)).sign(msg_id=id, timestamp=datetime.fromtimestamp(int(timestamp), UTC), data=body.decode())


def read(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> Message:
    """The message, where one of the secrets signed it and its time is believed. Raises NOT_SET_UP, UNSIGNED or OUT_OF_TIME."""
    if not secrets:
        raise NOT_SET_UP()
    given = {name: headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")}
    key, stamp, signed = given.values()
    if not ID.fullmatch(key) or not STAMP.fullmatch(stamp) or not signed or len(signed) > LONGEST_SIGNATURES:
        raise UNSIGNED("Thiếu webhook-id, webhook-timestamp hoặc webhook-signature.", "webhook-id, webhook-timestamp or webhook-signature is missing.")
    # Every secret is tried: how long it takes tells nothing of which.
    if any([_signed(secret, given, body) for secret in secrets]):
        return Message(key, body)
    # The library has looked at the clock first and so has said nothing of the signature.
    raise OUT_OF_TIME(now=int(at.timestamp())) if abs(at - datetime.fromtimestamp(int(stamp), UTC)) > SKEW else UNSIGNED()


def _signed(secret: str, headers: dict[str, str], body: bytes) -> bool:
    try:
        Webhook(secret_bytes(secret)).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError):
        # A header or a body that it cannot read at all it meets with a ValueError.
        return False
    return True
