"""Who is acting and why: every write is one transaction that carries both to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction

from geo.models import User


@dataclass(frozen=True)
class Acting:
    """The person (None: the system itself), the reason, the paper and the change set of the transaction that is open."""

    by: User | None
    because: str
    document: str = ""
    change_set: int | None = None


_now: ContextVar[Acting | None] = ContextVar("acting", default=None)


class NotActing(RuntimeError):
    """A write outside `acting`: a mistake in the source, not in the request."""


@contextmanager
def acting(*, by: User | None, because: str, document: str = "", change_set: int | None = None) -> Iterator[Acting]:
    """Open the transaction in which `by` writes, because of `because`, under `document`; triggers read all four as nbioc.by, nbioc.because and so on."""
    actor = Acting(by, because, document, change_set)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "select set_config('nbioc.by', %s, true), set_config('nbioc.because', %s, true),"
                " set_config('nbioc.document', %s, true), set_config('nbioc.change_set', %s, true)",
                [str(by.pk) if by else "", because, document, "" if change_set is None else str(change_set)],
            )
        mark = _now.set(actor)
        try:
            yield actor
        finally:
            _now.reset(mark)


def current() -> Acting:
    """Who is acting now. Raises NotActing outside `acting`."""
    actor = _now.get()
    if actor is None:
        raise NotActing("A write needs `with acting(by=…, because=…)` around it.")
    return actor
