"""Drawn tiles kept in memory, the least used forgotten first, never more than so many bytes."""

from collections import OrderedDict
from dataclasses import dataclass, replace

from isal import igzip

from tiles.drawing import Tile

MOST_BYTES = 64 * 2**20
LARGEST_KEPT_BYTES = 4 * 2**20
# What an entry costs beside its bytes.
OVERHEAD_BYTES = 600
COMPRESS_FROM_BYTES = 1_000


@dataclass(frozen=True)
class Ready:
    """A tile as it is sent: plain, and compressed where that is worth it."""

    plain: bytes
    gzipped: bytes | None
    truncated: bool

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.gzipped or b"") + OVERHEAD_BYTES


def ready(tile: Tile, *, compress: bool) -> Ready:
    """Make a drawn tile ready to be sent."""
    plain = Ready(tile.body, None, tile.truncated)
    return compressed(plain) if compress else plain


def compressed(tile: Ready) -> Ready:
    """The same tile with its compressed form, where that is worth it. Level 1: at a twentieth of zlib's cost, 4 % larger."""
    if tile.gzipped is not None or len(tile.plain) < COMPRESS_FROM_BYTES:
        return tile
    return replace(tile, gzipped=igzip.compress(tile.plain, compresslevel=1))


class Cache:
    """Ready tiles by their entity tag, which names the stamp that they were drawn under."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self.bytes = 0
        self.kept: OrderedDict[bytes, Ready] = OrderedDict()

    def get(self, etag: bytes) -> Ready | None:
        found = self.kept.get(etag)
        if found is not None:
            self.kept.move_to_end(etag)
        return found

    def keep(self, etag: bytes, tile: Ready) -> None:
        """Keep a tile, or what has been added to it, unless it is so large that it would push out many."""
        if tile.size > min(LARGEST_KEPT_BYTES, self.most_bytes):
            return
        standing = self.kept.pop(etag, None)
        self.bytes += tile.size - (standing.size if standing else 0)
        self.kept[etag] = tile
        while self.bytes > self.most_bytes:
            self.bytes -= self.kept.popitem(last=False)[1].size
