"""Who is acting and why: every write is one transaction that carries both to the database, whose triggers refuse one that does not."""

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
    # Whether it brings a file in: such revisions may be kept for a time only.
    imported: bool = False

    def said(self) -> dict[str, str]:
        """What the database is told, by the name of the setting."""
        return {
            "nbioc.by": str(self.by.pk) if self.by else SYSTEM,
            "nbioc.because": self.because,
            "nbioc.document": self.document,
            "nbioc.change_set": "" if self.change_set is None else str(self.change_set),
            "nbioc.imported": "on" if self.imported else "",
            # Filled by the first write.
            "nbioc.at": "",
        }


# What stands for the system itself, which is nobody: an empty name is one that was forgotten.
SYSTEM = "system"
_now: ContextVar[Acting | None] = ContextVar("acting", default=None)


class NotActing(RuntimeError):
    """A write outside `acting`: a mistake in the source, not in the request."""


@contextmanager
def acting(*, by: User | None, because: str, document: str = "", change_set: int | None = None, imported: bool = False) -> Iterator[Acting]:
    """Open the transaction in which `by` writes, because of `because`, under `document`; triggers read it all as nbioc.by, nbioc.because and so on.

    Within another one it is a part of that transaction, and what was said before is said again afterwards.
    """
    actor, outer = Acting(by, because, document, change_set, imported), _now.get()
    with transaction.atomic():
        before = _heard() if outer else {}
        _say(actor.said())
        mark = _now.set(actor)
        try:
            yield actor
        finally:
            _now.reset(mark)
        if before:
            _say(before)


def _say(said: dict[str, str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(['set_config(%s, %s, true)'] * len(said))}", [text for pair in said.items() for text in pair])


def _heard() -> dict[str, str]:
    names = list(Acting(None, "").said())
    with connection.cursor() as cursor:
        cursor.execute(f"select {', '.join(['current_setting(%s, true)'] * len(names))}", names)
        return {name: text or "" for name, text in zip(names, cursor.fetchone(), strict=True)}


def current() -> Acting:
    """Who is acting now. Raises NotActing outside `acting`."""
    actor = _now.get()
    if actor is None:
        raise NotActing("A write needs `with acting(by=…, because=…)` around it.")
    return actor
