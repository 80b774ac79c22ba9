"""Choices that stand in a table: a field's closed list that is read when somebody asks, and kept for seconds."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from layers.layer import Choice

# So long may another process go on with the list that it has read.
READ_AGAIN_AFTER_S = 5.0


class Listed(Sequence[Choice]):
    """A sequence of choices by the function that reads them."""

    def __init__(self, read: Callable[[], tuple[Choice, ...]]) -> None:
        self._reader = read
        self._read: tuple[Choice, ...] = ()
        self._read_at_s = float("-inf")

    def forget(self) -> None:
        """Read again at the next question: the list has just been changed here."""
        self._read_at_s = float("-inf")

    def _now(self) -> tuple[Choice, ...]:
        if time.monotonic() - self._read_at_s > READ_AGAIN_AFTER_S:
            self._read, self._read_at_s = self._reader(), time.monotonic()
        return self._read

    @overload
    def __getitem__(self, index: int) -> Choice: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Choice]: ...
    def __getitem__(self, index: Any) -> Any:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __iter__(self) -> Iterator[Choice]:
        return iter(self._now())
