"""Every door to a row, as a caller comes to it: what it answers in one word, and everything that it said."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import mapbox_vector_tile
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from geo import events, tilegrid
from geo.crs import to_city, to_lonlat
from layers.access import scope_of
from layers.changes import Shown
from layers.layer import registry
from tests.adversarial.permissions_oracle import LAYERS, ROWS
from tests.adversarial.permissions_world import EAST_M, World, around, kind_of, needle
from tests.conftest import JUNCTION
from tests.tiles.test_door import as_

ZOOM = 16
JSON = "application/json"
# A field that whoever edits the layer writes, and a value for it.
PLAIN: dict[str, dict[str, Any]] = {
    "wards": {"legal_doc": "12/NQ"}, "parcels": {"certificate_no": "CH 1"}, "buildings": {"address": "1 Hùng Vương"}, "roads": {"name": "Hẻm"},
    "canals": {"name": "Rạch"}, "bridges": {"name": "Cầu"}, "street_lights": {"lamp": "SON"}, "hydrants": {"flow_lps": 9}, "drains": {"diameter_mm": 600},
    "masked": {"name": "Nơi"}, "public_places": {"address": "2 Hùng Vương"}, "closures": {"reason": "ngập"}, "stations": {"phone": "0911"},
    "wells": {"name": "Giếng"},
}  # fmt: skip
# What a new row needs.
NEW: dict[str, dict[str, Any]] = {
    "wards": {"code": "new", "name": "Ấp", "kind": "ap", "valid_from": "2025-07-01"},
    "parcels": {"sheet_no": 9, "parcel_no": 999, "land_use": "ODT", "status": "in_use"},
    "buildings": {}, "wells": {},
    "roads": {"road_class": "alley", "width_m": 3, "oneway": False, "speed_kmh": 20, "bridge": False},
    "canals": {"canal_class": "ditch", "width_m": 3, "navigable": True, "speed_kmh": 5},
    "bridges": {"width_m": 3},
    "street_lights": {"asset_code": "new"}, "hydrants": {"asset_code": "new"}, "masked": {}, "drains": {"asset_code": "new"},
    "public_places": {"name": "Chợ", "kind": "market"},
    "closures": {"reason": "sửa", "factor": 0.0, "starts_at": "2026-11-24T03:00:00Z"},
    "stations": {"name": "Trạm", "kind": "police"},
}  # fmt: skip
HIDDEN: dict[str, dict[str, Any]] = {"parcels": {"land_user_name": "Ai đó"}, "wells": {"keeper": "Ai đó"}, "incidents": {"reporter_name": "Ai đó"}}
ASSETS = ("street_lights", "hydrants", "drains")
# What stops a change after everything that has to do with who may.
PAST_PERMISSION = {"rules_broken", "warning_reason_needed"}


@dataclass(frozen=True)
class Cell:
    """One caller at one row of one layer."""

    world: World
    caller: str
    slug: str
    row: str

    @property
    def fid(self) -> int:
        return self.world.fids[self.slug, self.row]

    @property
    def client(self) -> Any:
        return self.world.clients[self.caller]

    @property
    def scope(self) -> Any:
        return scope_of(self.world.people[self.caller])

    @property
    def feature(self) -> str:
        return f"/api/layers/{self.slug}/features/{self.fid}"

    @property
    def item(self) -> str:
        return f"/ogc/collections/{self.slug}/items/{self.fid}"

    @property
    def place(self) -> tuple[float, float]:
        """lon, lat of the row's first corner."""
        return place_of(EAST_M[self.row] + 3 * sorted(LAYERS).index(self.slug))

    @property
    def version(self) -> int:
        layer = registry.known(self.slug)
        if LAYERS[self.slug].edit is None:
            return 1
        with connection.cursor() as cursor:
            cursor.execute(f"select version from {layer.table()} where id = %s", [self.fid])  # noqa: S608
            found = cursor.fetchone()
        return int(found[0]) if found else 1

    @property
    def tag(self) -> dict[str, str]:
        return {"If-Match": f'"v{self.version}"'}


def place_of(east_m: float) -> tuple[float, float]:
    x, y = to_city(*JUNCTION)
    return to_lonlat(x + east_m, y + 30.0)


@dataclass(frozen=True)
class Said:
    """What a door answered: the word that the oracle uses, and the whole answer."""

    word: str
    body: str


def geometry(slug: str, east_m: float) -> dict[str, Any]:
    return json.loads(around(kind_of(slug), east_m).transform(4326, clone=True).json)


# Doors of reading.


def _shown(answer: Any, found: Callable[[Any], bool]) -> Said:
    body = b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()
    if answer.status_code in (401, 404):
        return Said("hidden", body)
    if answer.status_code != 200:
        return Said(f"{answer.status_code}", body)
    return Said("shown" if found(json.loads(body)) else "hidden", body)


def _feature(cell: Cell) -> Said:
    return _shown(cell.client.get(cell.feature), lambda told: told["id"] == cell.fid)


def _among(cell: Cell) -> Callable[[Any], bool]:
    return lambda told: cell.fid in [int(one["id"]) for one in told["features"]]


def _list(cell: Cell) -> Said:
    return _shown(cell.client.get(f"/api/layers/{cell.slug}/features?limit=1000"), _among(cell))


def _ogc_item(cell: Cell) -> Said:
    return _shown(cell.client.get(f"{cell.item}?f=json"), lambda told: int(told["id"]) == cell.fid)


def _ogc_items(cell: Cell) -> Said:
    return _shown(cell.client.get(f"/ogc/collections/{cell.slug}/items?f=json&limit=1000"), _among(cell))


def _as_of(cell: Cell) -> Said:
    return _shown(cell.client.get(f"/api/layers/{cell.slug}/features?limit=1000&as_of={quote(timezone.now().isoformat())}"), _among(cell))


def _export(cell: Cell) -> Said:
    return _shown(cell.client.get(f"/api/layers/{cell.slug}/export.geojson?ids={cell.fid}"), lambda told: len(told["features"]) == 1)


def _history(cell: Cell) -> Said:
    return _shown(cell.client.get(f"{cell.feature}/history"), lambda told: "items" in told)


def _search(cell: Cell) -> Said:
    return _shown(
        cell.client.get(f"/api/search?q={needle(cell.slug, cell.row)}"),
        lambda told: (cell.slug, cell.fid) in [(one["layer"], one["fid"]) for one in told["results"]],
    )


def _tile(cell: Cell) -> Said:
    x, y = tilegrid.tile_of(*cell.place, ZOOM)
    status, _, body = as_(cell.scope).get(f"/tiles/{cell.slug}/{ZOOM}/{x}/{y}.mvt")
    told = mapbox_vector_tile.decode(body) if status == 200 else {}
    fids = [one["id"] for part in told.values() for one in part["features"]]
    return Said("shown" if cell.fid in fids else "hidden", str(told))


def _event(cell: Cell) -> Said:
    happened = events.Happened(events.Position("e", 1, 1), "layer.edited", cell.slug, (cell.fid,), timezone.now(), None, {})
    (frame,) = Shown([happened]).to(cell.scope)
    body = (frame or b"").decode()
    told = json.loads(body.split("data: ", 1)[1]) if body else {"features": []}
    return Said("shown" if cell.fid in [one["id"] for one in told["features"]] else "hidden", body)


READ: dict[str, Callable[[Cell], Said]] = {
    "feature": _feature,
    "list": _list,
    "ogc item": _ogc_item,
    "ogc items": _ogc_items,
    "tile": _tile,
    "search": _search,
    "event": _event,
    "as-of": _as_of,
    "export": _export,
    "history": _history,
}

# Doors of writing.


def _word(answer: Any) -> Said:
    body = answer.content.decode()
    if 200 <= answer.status_code < 300:
        return Said("done", body)
    code = json.loads(body).get("code", "") if "json" in answer.get("Content-Type", "") else ""
    words = {401: "anonymous", 403: "refused", 404: "missing"}
    if code in PAST_PERMISSION:
        return Said("done", body)
    if code == "review_required":
        return Said("review", body)
    return Said(words.get(answer.status_code, f"{answer.status_code} {code}"), body)


def _change(cell: Cell) -> dict[str, Any]:
    return {"properties": PLAIN.get(cell.slug, {"name": "x"})}


def _there(cell: Cell) -> float:
    """A little beside where the row is."""
    return EAST_M[cell.row] + 300


def _yonder(cell: Cell) -> float:
    return EAST_M["away own" if ROWS[cell.row].ward == "home" else "home own"] + 300


def _create(cell: Cell) -> Said:
    given = {"properties": NEW.get(cell.slug, {}), "geometry": geometry(cell.slug, _there(cell))}
    return _word(cell.client.post(f"/api/layers/{cell.slug}/features", given, content_type=JSON))


def _patch(cell: Cell, given: dict[str, Any]) -> Said:
    return _word(cell.client.patch(cell.feature, given, content_type=JSON, headers=cell.tag))


def _edit(cell: Cell) -> Said:
    return _patch(cell, _change(cell))


def _edit_hidden(cell: Cell) -> Said:
    return _patch(cell, {"properties": HIDDEN[cell.slug]})


def _move(cell: Cell) -> Said:
    return _patch(cell, {"geometry": geometry(cell.slug, _there(cell))})


def _move_out(cell: Cell) -> Said:
    return _patch(cell, {"geometry": geometry(cell.slug, _yonder(cell))})


def _delete(cell: Cell) -> Said:
    return _word(cell.client.delete(cell.feature, headers=cell.tag))


def _restore(cell: Cell) -> Said:
    return _word(cell.client.post(f"{cell.feature}/restore", {"version": 1, "because": "nhầm"}, content_type=JSON, headers=cell.tag))


def _as_edit(cell: Cell) -> dict[str, Any]:
    return {"layer": cell.slug, "op": "update", "fid": cell.fid, "version": cell.version, **_change(cell)}


def _batch(cell: Cell) -> Said:
    return _word(cell.client.post("/api/edits", {"edits": [_as_edit(cell)]}, content_type=JSON))


def _preview(cell: Cell) -> Said:
    return _word(cell.client.post("/api/edits/preview", {"edits": [_as_edit(cell)]}, content_type=JSON))


def _as_feature(cell: Cell, properties: dict[str, Any], shape: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": shape}


def _ogc_create(cell: Cell) -> Said:
    given = _as_feature(cell, NEW.get(cell.slug, {}), geometry(cell.slug, _there(cell)))
    return _word(cell.client.post(f"/ogc/collections/{cell.slug}/items", given, content_type=JSON))


def _agency(cell: Cell) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select agency_id from {registry.known(cell.slug).table()} where id = %s", [cell.fid])  # noqa: S608
        return int(cursor.fetchone()[0])


def _ogc_replace(cell: Cell) -> Said:
    # What a row must have and may be changed is said again: a replacement that leaves it out is refused for that.
    kept = {name: value for name, value in NEW.get(cell.slug, {}).items() if name not in ("code", "valid_from")}
    # Nor is what an asset would have had without a word: its condition, its life cycle, whose it is.
    asset = {"condition": 3, "lifecycle": "active", "responsible": _agency(cell)} if cell.slug in ASSETS else {}
    kinds = {"hydrants": {"kind": "pillar"}, "drains": {"kind": "pipe"}}.get(cell.slug, {})
    given = _as_feature(cell, {**kept, **asset, **kinds, **PLAIN.get(cell.slug, {"name": "x"})}, geometry(cell.slug, _there(cell)))
    return _word(cell.client.put(cell.item, given, content_type=JSON, headers=cell.tag))


def _ogc_edit(cell: Cell) -> Said:
    return _word(cell.client.patch(cell.item, _as_feature(cell, PLAIN.get(cell.slug, {"name": "x"}), None), content_type=JSON, headers=cell.tag))


def _ogc_delete(cell: Cell) -> Said:
    return _word(cell.client.delete(cell.item, headers=cell.tag))


def drafted(client: Any, edits: list[dict[str, Any]]) -> Any:
    """The answer that ends it: of a set begun, or of the edits put into it."""
    begun = client.post("/api/changesets", {"title": "phiên"}, content_type=JSON)
    if begun.status_code != 201:
        return begun
    return client.post(f"/api/changesets/{begun.json()['id']}/edits", {"edits": edits}, content_type=JSON)


def submitted(client: Any, edits: list[dict[str, Any]]) -> Any:
    draft = drafted(client, edits)
    if draft.status_code != 200:
        return draft
    reasons = {issue["key"]: "đã xem" for issue in draft.json().get("issues", [])}
    given = {"because": "đo lại", "document": "1/BC", "accepted": reasons}
    return client.post(f"/api/changesets/{draft.json()['id']}/submit", given, content_type=JSON, headers={"If-Match": draft["ETag"]})


def _draft(cell: Cell) -> Said:
    return _word(drafted(cell.client, [_as_edit(cell)]))


def _submit(cell: Cell) -> Said:
    return _word(submitted(cell.client, [_as_edit(cell)]))


def _approve(cell: Cell) -> Said:
    number, tag = cell.world.waiting[cell.slug, cell.row]
    return _word(cell.client.post(f"/api/changesets/{number}/approve", {}, content_type=JSON, headers={"If-Match": tag}))


def _log(cell: Cell) -> Said:
    return _word(cell.client.post(f"{cell.feature}/operations", {"kind": "inspected", "note": "đã xem"}, content_type=JSON))


def _picture(cell: Cell) -> Said:
    """A file that is no picture: whoever may add one is told just that."""
    said = _word(cell.client.post(f"{cell.feature}/photos", {"file": ContentFile(b"not a picture", name="a.jpg")}))
    return Said("done", said.body) if said.word.startswith(("415", "422")) else said


def _import(cell: Cell) -> Said:
    text = json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": geometry(cell.slug, 50)}]})
    said = _word(cell.client.post("/api/imports", {"file": ContentFile(text.encode(), name="rows.geojson"), "layer": cell.slug}))
    return Said("refused", said.body) if said.word.endswith("not_importable") else said


def _sync(cell: Cell) -> Said:
    """A device is told one by one: the word is that of the refusal it keeps."""
    answer = cell.client.post("/api/sync", {"ops": [{"key": f"key-of-{cell.slug}-{cell.fid}", "edit": _as_edit(cell)}]}, content_type=JSON)
    if answer.status_code != 200:
        return _word(answer)
    (told,) = answer.json()["results"]
    if told["status"] in ("applied", "merged"):
        return Said("done", answer.content.decode())
    problem = told["problem"]
    word = {403: "refused", 404: "missing"}.get(problem["status"], f"{problem['status']} {problem['code']}")
    word = "done" if problem["code"] in PAST_PERMISSION else "review" if problem["code"] == "review_required" else word
    return Said(word, answer.content.decode())


def let_wait(world: World) -> None:
    """For every row that may be changed a set of somebody else's, submitted."""
    for (slug, row), _ in world.fids.items():
        if LAYERS[slug].edit is not None:
            sent = submitted(world.clients["author"], [_as_edit(Cell(world, "author", slug, row))])
            assert sent.status_code == 200, (slug, row, sent.content.decode())
            world.waiting[slug, row] = (sent.json()["id"], sent["ETag"])


WRITE: dict[str, Callable[[Cell], Said]] = {
    "create": _create,
    "edit": _edit,
    "edit hidden": _edit_hidden,
    "move": _move,
    "move out": _move_out,
    "delete": _delete,
    "restore": _restore,
    "batch": _batch,
    "preview": _preview,
    "ogc create": _ogc_create,
    "ogc replace": _ogc_replace,
    "ogc edit": _ogc_edit,
    "ogc delete": _ogc_delete,
    "draft": _draft,
    "submit": _submit,
    "approve": _approve,
    "log": _log,
    "picture": _picture,
    "import": _import,
    "sync": _sync,
}
