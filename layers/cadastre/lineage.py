"""Which parcel came from which: records, links and retired parcels, written in the transaction that changes the parcels, and the family of one as a graph.

Nothing here decides what may be changed (layers.changing.editing) and nothing is written twice: a record is what one published set did under one paper.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from geo.errors import NOT_FOUND
from geo.models import User
from layers import query
from layers.access import Opened, Scope, opened
from layers.changing.editing import Done
from layers.changing.edits import Edit
from layers.library.land_records import KINDS, LandRecord, Lineage, Retired
from layers.library.parcels import Parcel, Parcels
from layers.remembering import versions

MOST_NODES = 300
MOST_GENERATIONS = 50
KNOWN_KINDS = frozenset(kind.value for kind in KINDS)
# What a change of a standing parcel is called, by the first of these fields that it names.
BY_FAMILY = frozenset({"tach_thua", "hop_thua"})
KIND_OF_FIELD = {"land_use": "chuyen_muc_dich", "land_user_name": "chuyen_quyen"}
_DAY = re.compile(r"\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})\b", re.ASCII)


@dataclass(frozen=True)
class _Change:
    edit: Edit
    done: Done


@dataclass
class _Affair:
    """What one record tells of."""

    kind: str
    changes: list[_Change] = field(default_factory=list)


def remember(
    *, edits: Sequence[Edit], done: Sequence[Done], by: User | None, at: datetime, because: str, document: str, change_set: int | None, looking: bool, **_: Any
) -> None:
    """Write what a set of edits means for land: called in its transaction, when everything else is written.

    Of a set that is only looked at, what the rules ask for: who came from whom.
    """
    changes = [_Change(edit, one) for edit, one in zip(edits, done, strict=True) if edit.layer == Parcels.slug]
    for affair in _affairs(changes):
        record = LandRecord.objects.create(
            kind=affair.kind,
            document=document,
            signed_on=_signed_on(document),
            change_set=change_set,
            by=by,
            at=at,
            because=because,
            fids=sorted({change.done.fid for change in affair.changes} | {fid for change in affair.changes for fid in change.edit.parents}),
        )
        _link(record, affair.changes)
        if not looking:
            _retire(record, affair.changes)


def _affairs(changes: Sequence[_Change]) -> list[_Affair]:
    """One affair for each family of parents and children, and one for each kind of change of what goes on standing."""
    if any((change.edit.record or {}).get("kind") == "undo" for change in changes):
        return [_Affair("hoan_tac", list(changes))]
    families = _families(changes)
    others: dict[str, _Affair] = {}
    ended = {fid for affair in families for change in affair.changes for fid in change.edit.parents}
    for change in changes:
        if change.edit.op == "create" and change.edit.parents:
            continue
        family = next((one for one in families if any(change.done.fid in child.edit.parents for child in one.changes)), None)
        kind = _kind_of(change)
        if change.done.fid in ended and family is not None:
            family.changes.append(change)
        elif kind == "chinh_ly_ranh" and len(families) == 1:
            # A neighbour that was given the new corner.
            families[0].changes.append(change)
        elif kind:
            others.setdefault(kind, _Affair(kind)).changes.append(change)
    return [*families, *others.values()]


def _families(changes: Iterable[_Change]) -> list[_Affair]:
    """Children that share a parent, and the parents that they share, are one family."""
    found: list[tuple[set[int], list[_Change]]] = []
    for change in changes:
        if change.edit.op != "create" or not change.edit.parents:
            continue
        related = [one for one in found if one[0] & set(change.edit.parents)]
        parents = set(change.edit.parents).union(*(one[0] for one in related))
        children = [child for one in related for child in one[1]] + [change]
        found = [one for one in found if one not in related] + [(parents, children)]
    return [_Affair(_kind_of_family(parents, children), children) for parents, children in found]


def _kind_of_family(parents: set[int], children: Sequence[_Change]) -> str:
    if len(parents) == 1 and len(children) > 1:
        return "tach_thua"
    if len(parents) > 1 and len(children) == 1:
        return "hop_thua"
    stated = {_stated(child) for child in children}
    if stated & BY_FAMILY:
        # Parcels were divided and their parts put together anew, under one paper.
        return "tach_hop_thua" if len(children) > 1 else "khac"
    return _stated(children[0]) or "khac"


def _kind_of(change: _Change) -> str | None:
    """What a change of one parcel is called; None for a correction that is no affair of land."""
    edit = change.edit
    given = edit.properties or {}
    stated = _stated(change)
    stated = None if stated in BY_FAMILY else stated
    if edit.op == "create":
        return stated or "do_dac_moi"
    if edit.op in ("delete", "restore"):
        return stated or "khac"
    if given.get("status") == "recovered":
        return "thu_hoi"
    named = next((kind for name, kind in KIND_OF_FIELD.items() if name in given), None)
    return stated or named or ("chinh_ly_ranh" if edit.geometry is not None else None)


def _stated(change: _Change) -> str | None:
    kind = (change.edit.record or {}).get("kind")
    return kind if kind in KNOWN_KINDS else None


def _signed_on(document: str) -> date | None:
    """The day of a paper that is cited with it: 12/QĐ-UBND ngày 20/11/2026."""
    found = _DAY.search(document)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def _link(record: LandRecord, changes: Sequence[_Change]) -> None:
    ended = {change.done.fid: change.done.version - 1 for change in changes if change.edit.op == "delete"}
    parents = {fid for change in changes for fid in change.edit.parents}
    standing = dict(Parcel.objects.filter(pk__in=parents - ended.keys()).values_list("pk", "version"))
    known = standing | ended
    Lineage.objects.bulk_create(
        Lineage(record=record, parent_fid=fid, parent_version=known[fid], child_fid=change.done.fid)
        for change in changes
        if change.edit.op == "create"
        for fid in dict.fromkeys(change.edit.parents)
    )


def _retire(record: LandRecord, changes: Sequence[_Change]) -> None:
    Retired.objects.filter(pk__in=[change.done.fid for change in changes if change.edit.op == "restore"]).delete()
    made = []
    for change in changes:
        kept = versions.row_at(Parcels, change.done.fid, change.done.version - 1) if change.edit.op == "delete" else None
        if kept is not None and (shape := kept[1]) is not None:
            columns = kept[0]
            row = {name: columns[name] for name in ("ward_code", "ward_valid_from", "sheet_no", "parcel_no", "land_use", "legal_area_m2")}
            made.append(Retired(fid=change.done.fid, record=record, version=change.done.version - 1, measured_area_m2=shape.area, **row))
    # One that was brought back may end again.
    told = [column.name for column in Retired._meta.concrete_fields if not column.primary_key]
    Retired.objects.bulk_create(made, update_conflicts=True, unique_fields=["fid"], update_fields=told)


def graph(*, fid: int, scope: Scope) -> dict[str, Any]:
    """The parcels that one came from and those that came from it, as far as the caller may see them, also when it is no longer.

    Raises NOT_FOUND for what never was or may not be seen. `truncated` says that there is more than is told.
    """
    seen = opened(Parcels, scope)
    if not 0 <= fid <= query.LARGEST_FID:
        raise NOT_FOUND()
    links, truncated = _reached(fid)
    nodes = _nodes(seen, {fid} | {end for link in links for end in (link.parent_fid, link.child_fid)})
    if fid not in nodes:
        raise NOT_FOUND()
    began = {link.child_fid: link.record.at for link in links}
    return {
        "nodes": [{**node, "from": began.get(one)} for one, node in sorted(nodes.items())],
        "links": [_told(link) for link in links if link.parent_fid in nodes and link.child_fid in nodes],
        "truncated": truncated,
    }


def _told(link: Lineage) -> dict[str, Any]:
    record = link.record
    return {
        "parent": link.parent_fid,
        "child": link.child_fid,
        "kind": record.kind,
        "document": record.document,
        "signed_on": record.signed_on,
        "change_set": record.change_set,
        "at": record.at,
    }


def _reached(fid: int) -> tuple[list[Lineage], bool]:
    """The links up to the oldest ancestors and down to the youngest descendants, a generation a question."""
    found: dict[int, Lineage] = {}
    cut = False
    for here, there in (("child_fid", "parent_fid"), ("parent_fid", "child_fid")):
        generation, visited = {fid}, {fid}
        for _ in range(MOST_GENERATIONS):
            links = list(Lineage.objects.select_related("record").filter(**{f"{here}__in": generation}).order_by("pk")[: MOST_NODES + 1])
            cut |= len(found) + len(links) > MOST_NODES
            found |= {link.pk: link for link in links[: max(0, MOST_NODES - len(found))]}
            generation = {getattr(link, there) for link in links} - visited
            visited |= generation
            if not generation or cut:
                break
    return [found[pk] for pk in sorted(found)], cut


def _nodes(seen: Opened, fids: set[int]) -> dict[int, dict[str, Any]]:
    standing = query.some(seen, fids)
    nodes = {fid: _standing(one["properties"]) | {"fid": fid, "until": None} for fid, one in standing.items()}
    # Of what is no longer, whoever sees every row sees that it was.
    gone = Retired.objects.select_related("record").filter(pk__in=fids - nodes.keys()) if seen.sees_every_row() else ()
    for one in gone:
        nodes[one.fid] = {
            "fid": one.fid,
            "number": f"{one.sheet_no}/{one.parcel_no}",
            "area_m2": round(one.measured_area_m2, 2),
            "legal_m2": one.legal_area_m2,
            "land_use": one.land_use,
            "status": "historic",
            "until": one.record.at,
        }
    return nodes


def _standing(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "number": properties.get("number"),
        "area_m2": round(properties["measured_area_m2"], 2) if "measured_area_m2" in properties else None,
        "legal_m2": properties.get("legal_area_m2"),
        "land_use": properties.get("land_use"),
        "status": properties.get("status"),
    }


def forebears(*, fid: int, scope: Scope) -> list[int]:
    """The parcel and those that it came from: what was said of the ground under an older number is said of it still. Raises NOT_FOUND as graph does."""
    told = graph(fid=fid, scope=scope)
    parents: dict[int, set[int]] = defaultdict(set)
    for link in told["links"]:
        parents[link["child"]].add(link["parent"])
    found, generation = {fid}, {fid}
    while generation := {parent for child in generation for parent in parents[child]} - found:
        found |= generation
    return sorted(found)


def records_of(*, fid: int, scope: Scope) -> list[dict[str, Any]]:
    """The records that concern a parcel, the newest first. Raises NOT_FOUND as graph does."""
    if fid not in _nodes(opened(Parcels, scope), {fid}):
        raise NOT_FOUND()
    found = LandRecord.objects.select_related("by").filter(fids__contains=[fid]).order_by("-pk")[:MOST_NODES]
    names = defaultdict(str, {kind.value: kind.vi for kind in KINDS})
    return [
        {
            "id": record.pk,
            "kind": record.kind,
            "title": names[record.kind],
            "document": record.document,
            "signed_on": record.signed_on,
            "change_set": record.change_set,
            "by": (record.by.display_name or record.by.username) if record.by else None,
            "at": record.at,
            "because": record.because,
            "fids": record.fids,
        }
        for record in found
    ]
