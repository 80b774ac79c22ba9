"""Messages from other machines, signed as Standard Webhooks says (webhook-id, webhook-timestamp, webhook-signature): real, fresh and whole.

The signature is HMAC-SHA256 over id, time and body with a secret that both sides know. It refuses one that is wrong, and one whose time
is more than five minutes off, so that a message that was overheard is of no use later.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from geo.errors import define

NOT_SET_UP = define("webhook_not_set_up", 503, "Chưa cài đặt khoá ký", "No signing secret is set")
UNSIGNED = define("webhook_unsigned", 401, "Chữ ký không đúng", "The signature is missing or wrong")
OUT_OF_TIME = define("webhook_out_of_time", 401, "Thời điểm ký lệch quá 5 phút", "The time stamp is more than five minutes off")

SKEW = timedelta(minutes=5)
PREFIX = "whsec_"
SHORTEST_SECRET_BYTES = 24
ID = re.compile(r"[\x21-\x7e]{1,120}", re.ASCII)
MOST_SIGNATURES = 10


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
    said = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret_bytes(secret), said, hashlib.sha256).digest()).decode()


def read(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], at: datetime) -> Message:
    """The message, where one of the secrets signed it and its time is believed. Raises NOT_SET_UP, UNSIGNED or OUT_OF_TIME."""
    if not secrets:
        raise NOT_SET_UP()
    key, stamp, given = (headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not ID.fullmatch(key) or not re.fullmatch(r"\d{1,12}", stamp, re.ASCII) or not given.isascii():
        raise UNSIGNED("Thiếu webhook-id, webhook-timestamp hoặc webhook-signature.", "webhook-id, webhook-timestamp or webhook-signature is missing.")
    wanted = [signature(secret=secret, id=key, timestamp=stamp, body=body) for secret in secrets]
    # Every pair is compared, in constant time: how long it takes tells nothing.
    matches = [hmac.compare_digest(one, other) for one in given.split()[:MOST_SIGNATURES] for other in wanted]
    if not any(matches):
        raise UNSIGNED()
    if abs(at - datetime.fromtimestamp(int(stamp), UTC)) > SKEW:
        raise OUT_OF_TIME(now=int(at.timestamp()))
    return Message(key, body)
