"""The same write sent again, because an answer was lost, a finger was quick or a page and its worker both tried: one effect, one answer.

A write that brings an Idempotency-Key is one transaction with the row that keeps its answer; who comes second waits for it and gets the
same. Refusals are not kept: what was refused has had no effect and may be sent again.
"""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg2 import errorcodes

from geo.errors import BAD_REQUEST, BUSY, define
from geo.models import KeptAnswer, User

# As long as a phone may be without a network.
KEPT = timedelta(days=30)
# Old answers go a few at a time, with the newer ones.
SWEPT_AT_ONCE = 100
KEY = re.compile(r"[\x21-\x7e]{8,200}", re.ASCII)
KEPT_HEADERS = ("ETag", "Location", "Content-Type")

MISMATCH = define("idempotency_mismatch", 422, "Khoá này đã dùng cho yêu cầu khác", "This key was used for another request")
Answer = tuple[int, dict[str, str], str]


def digest_of(*parts: Any) -> str:
    """Equal exactly when two writes want the same."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def once(*, key: str, digest: str, by: User, at: datetime, act: Callable[[], Answer]) -> tuple[Answer, bool]:
    """What `act` answers (status, headers, body), or what it answered when the key came first, and whether it was now.

    Raises BAD_REQUEST for what is no key, MISMATCH for a key of another request, BUSY where the first has not ended yet.
    """
    if not KEY.fullmatch(key):
        raise BAD_REQUEST("Idempotency-Key có 8 đến 200 ký tự ASCII, không dấu cách.", "An Idempotency-Key has 8 to 200 ASCII characters, no spaces.")
    try:
        with transaction.atomic():
            row = _claimed(key, digest, by, at)
            if row is not None:
                return (row.status, row.headers, row.body), False
            status, headers, body = act()
            if status >= 400:
                # The act has undone itself; its key is free again.
                transaction.set_rollback(True)
            else:
                kept = {name: value for name, value in headers.items() if name in KEPT_HEADERS}
                KeptAnswer.objects.filter(user=by, key=key).update(status=status, headers=kept, body=body)
            return (status, headers, body), True
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") not in (errorcodes.LOCK_NOT_AVAILABLE, errorcodes.QUERY_CANCELED):
            raise
        raise BUSY("Yêu cầu cùng khoá đang được xử lý.", "A request with this key is still under way.", retry_after_s=2) from error


def _claimed(key: str, digest: str, by: User, at: datetime) -> KeptAnswer | None:
    """None where the key is new and now ours; else the row that stands. Waits for who came first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into geo_keptanswer (user_id, key, digest, status, headers, body, at) values (%s, %s, %s, 0, '{}', '', %s)"
            " on conflict (user_id, key) do nothing returning id",
            [by.pk, key, digest, at],
        )
        fresh = cursor.fetchone() is not None
        cursor.execute(
            "delete from geo_keptanswer where id in (select id from geo_keptanswer where at < %s order by at limit %s for update skip locked)",
            [at - KEPT, SWEPT_AT_ONCE],
        )
    if fresh:
        return None
    row = KeptAnswer.objects.get(user=by, key=key)
    if row.digest != digest:
        raise MISMATCH("Gửi yêu cầu khác với khoá khác.", "Send another request with another key.")
    return row
