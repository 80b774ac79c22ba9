"""Land tools amid a draft: its edits stand for as long as a proposal is worked out, and what comes of it is said in the draft's own words.

Nothing of a draft's parts is published on its own: a part that is split again gives way to its parts, and all of them come of the parcel that stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from geo.errors import STALE
from layers.cadastre.land import Caller
from layers.changing import changesets
from layers.changing.edits import Edit
from layers.library.parcels import Parcels
from layers.models import ChangeItem


@dataclass(frozen=True)
class Draft:
    """What a draft makes of the parcels: its edits by the fids that they have amid it, and the versions that stand there."""

    caller: Caller
    version: int
    items: Mapping[int, ChangeItem]
    versions: Mapping[int, int]

    def standing(self, item: int) -> tuple[int, int]:
        """The fid and the version that the parcel of an edit has amid the draft. Raises STALE for an edit that it has no longer."""
        fid = next((fid for fid, one in self.items.items() if one.pk == item), None)
        if fid is None:
            raise STALE("Phiên đã thay đổi ở cửa sổ khác.", "The change set has been changed in another window.", item=item)
        return fid, self.versions[fid]

    def reworded(self, edits: Sequence[Edit]) -> list[Edit]:
        """The edits as the draft takes them: what it makes by its own edits, what stands by the version that the draft was made on."""
        return [self._reworded(edit) for edit in edits]

    def _reworded(self, edit: Edit) -> Edit:
        parents = tuple(dict.fromkeys(parent for fid in edit.parents for parent in self._came_from(fid)))
        item = None if edit.fid is None else self.items.get(edit.fid)
        if item is None:
            return replace(edit, parents=parents)
        if item.op == "create":
            return replace(edit, fid=None, item=item.pk, known=frozenset())
        return replace(edit, known=frozenset({item.edit["version"]}))

    def _came_from(self, fid: int) -> list[int]:
        """What stands and a parcel comes of; itself, where it stands."""
        item = self.items.get(fid)
        return [fid] if item is None or item.op != "create" else item.edit.get("parents", [])


@contextmanager
def amid(*, number: int, caller: Caller) -> Iterator[Draft]:
    """The caller's own draft as if it stood, for as long as the block lasts. Raises as changesets.amid does."""
    with changesets.amid(number=number, scope=caller.scope, at=caller.at) as (given, done):
        parcels = [(item, one) for item, one in done if item.layer == Parcels.slug and item.op != "delete"]
        drafted = frozenset(one.fid for item, one in parcels if item.op == "create")
        yield Draft(
            caller=replace(caller, drafted=drafted),
            version=given.version,
            items={one.fid: item for item, one in parcels},
            versions={one.fid: one.version for _, one in parcels},
        )
