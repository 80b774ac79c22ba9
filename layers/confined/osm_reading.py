"""Reads one OpenStreetMap file in a process of its own: what becomes which layer, with streets and waterways cut at every junction.

Run by layers.confined.confine like layers.confined.reading, and as free of Django and secrets. What a tag does not say is filled from the class of the
road; what cannot be told stays out and is counted.
"""

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import osmium
import pyarrow
import shapely
from shapely.geometry import LineString, Point

from geo.errors import Problem
from layers.files.formats import UNSUPPORTED

BATCH_ROWS = 5_000
SCHEMA = pyarrow.schema([("layer", pyarrow.string()), ("shape", pyarrow.binary()), ("properties", pyarrow.string())])
NUMBER = re.compile(r"\d+(?:\.\d+)?")
KMH_PER_MPH = 1.609344
TONNES = {"kg": 0.001, "lbs": 0.00045359237, "st": 0.90718474}


@dataclass(frozen=True)
class RoadClass:
    """Our class of a highway, with the width and speed that stand in where no tag says them."""

    code: str
    width_m: float
    speed_kmh: float


_TRUNK, _PRIMARY, _SECONDARY = RoadClass("trunk", 14, 80), RoadClass("primary", 10, 60), RoadClass("secondary", 8, 50)
_TERTIARY, _RESIDENTIAL, _ALLEY, _PATH = RoadClass("tertiary", 7, 50), RoadClass("residential", 5, 30), RoadClass("alley", 3, 15), RoadClass("path", 1.5, 5)
# Anything else (construction, proposed, platform, …) is no way to go along.
HIGHWAYS: dict[str, RoadClass] = {
    **dict.fromkeys(("motorway", "motorway_link", "trunk", "trunk_link"), _TRUNK),
    **dict.fromkeys(("primary", "primary_link"), _PRIMARY),
    **dict.fromkeys(("secondary", "secondary_link"), _SECONDARY),
    **dict.fromkeys(("tertiary", "tertiary_link"), _TERTIARY),
    **dict.fromkeys(("residential", "unclassified", "road", "busway"), _RESIDENTIAL),
    **dict.fromkeys(("living_street", "service", "track", "pedestrian"), _ALLEY),
    **dict.fromkeys(("path", "footway", "steps", "bridleway", "cycleway"), _PATH),
}
# Class, width and whether boats go there, where no tag says so.
WATERWAYS: dict[str, tuple[str, float, bool]] = {
    "river": ("main", 30, True),
    "canal": ("main", 15, True),
    "tidal_channel": ("secondary", 10, True),
    "stream": ("secondary", 3, False),
    "drain": ("ditch", 2, False),
    "ditch": ("ditch", 1.5, False),
}
PLACE_KEYS = ("amenity", "shop", "tourism", "office", "leisure", "healthcare", "place", "public_transport")
# The nodes of a place name an area, not a place that one goes to; the widest are left to the boundaries.
PLACES_TOO_WIDE = {"country", "state", "region", "province", "county", "ocean", "sea"}
BOUNDARY_LEVELS = range(6, 11)


@dataclass
class Way:
    """One way with its nodes in order: their ids tell junctions, their places the line."""

    tags: dict[str, str]
    nodes: list[int]
    places: list[tuple[float, float]]


@dataclass
class Found:
    """What the file holds, before cutting."""

    roads: list[Way] = field(default_factory=list)
    waterways: list[Way] = field(default_factory=list)
    rows: list[tuple[str, Any, dict[str, Any]]] = field(default_factory=list)
    boundaries: dict[int, list[tuple[Any, dict[str, Any]]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def main(arguments: list[str]) -> int:
    """The job is {path, bbox, ward_level}; the answer a header and batches of (layer, shape in degrees, properties)."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    job = json.loads(arguments[0])
    try:
        found = read(job["path"], tuple(job["bbox"]))
    except Problem as problem:
        _send(out, {"refused": {"code": problem.code, "vi": problem.vi, "en": problem.en, "extra": problem.extra}})
        return 0
    level = job["ward_level"] or _finest(found)
    rows = [*_streets(found), *_canals(found), *found.rows, *_wards(found, level)]
    _send(out, {"counts": dict(found.counts), "ward_level": level, "rows": dict(Counter(layer for layer, _, _ in rows))})
    with pyarrow.ipc.new_stream(out, SCHEMA) as stream:
        for start in range(0, len(rows), BATCH_ROWS):
            part = rows[start : start + BATCH_ROWS]
            columns = [[row[0] for row in part], [shapely.to_wkb(row[1]) for row in part], [json.dumps(row[2], ensure_ascii=False) for row in part]]
            stream.write_batch(pyarrow.record_batch([pyarrow.array(column, kind) for column, kind in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA))
    out.close()
    return 0


def _send(out: Any, header: dict[str, Any]) -> None:
    body = json.dumps(header, ensure_ascii=False).encode()
    out.write(len(body).to_bytes(8, "big") + body)
    out.flush()


def read(path: str, box: tuple[float, float, float, float]) -> Found:
    """Everything of the file that touches the box. Raises UNSUPPORTED for what is no OpenStreetMap file."""
    found = Found()
    # Only what carries a tag of ours: untagged nodes are most of a file.
    filters = osmium.filter.KeyFilter("highway", "waterway", "building", "boundary", "landuse", "emergency", *PLACE_KEYS)
    areas = osmium.filter.KeyFilter("building", "boundary", "landuse")
    try:
        for thing in osmium.FileProcessor(path).with_locations().with_areas(areas).with_filter(filters):
            tags = {tag.k: tag.v for tag in thing.tags}
            if isinstance(thing, osmium.osm.Node):
                _node(found, thing, tags, box)
            elif isinstance(thing, osmium.osm.Way):
                _way(found, thing, tags, box)
            elif isinstance(thing, osmium.osm.Area):
                _area(found, thing, tags, box)
    except (RuntimeError, osmium.InvalidLocationError) as error:
        raise UNSUPPORTED("Không đọc được tệp OpenStreetMap.", f"The OpenStreetMap file cannot be read: {str(error)[:200]}") from error
    return found


def _inside(x: float, y: float, box: tuple[float, float, float, float]) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _node(found: Found, node: Any, tags: dict[str, str], box: tuple[float, float, float, float]) -> None:
    if not node.location.valid() or not _inside(node.location.lon, node.location.lat, box):
        return
    at = Point(node.location.lon, node.location.lat)
    if tags.get("emergency") in ("fire_hydrant", "suction_point", "water_tank"):
        found.counts["hydrants"] += 1
        kind = "pillar" if tags["emergency"] == "fire_hydrant" else "intake"
        found.rows.append(("hydrants", at, {"asset_code": f"OSM-n{node.id}", "kind": kind, "flow_lps": _number(tags.get("fire_hydrant:flow_rate"))}))
    if tags.get("highway") == "street_lamp":
        found.counts["street lamps"] += 1
        found.rows.append(("street_lights", at, {"asset_code": f"OSM-n{node.id}", "lamp": (tags.get("light:method") or "LED")[:20]}))
    _place(found, at, tags)


def _place(found: Found, at: Any, tags: dict[str, str]) -> None:
    """What people know by its name."""
    key = next((key for key in PLACE_KEYS if key in tags), None)
    if key is None or "name" not in tags or tags[key] in PLACES_TOO_WIDE:
        return
    found.counts["places"] += 1
    found.rows.append(("public_places", at, {"name": tags["name"][:200], "kind": tags[key][:40], "address": _address(tags)}))


def _address(tags: dict[str, str]) -> str:
    street = " ".join(part for part in (tags.get("addr:housenumber"), tags.get("addr:street")) if part)
    return ", ".join(part for part in (street, tags.get("addr:city")) if part)[:200]


def _way(found: Found, way: Any, tags: dict[str, str], box: tuple[float, float, float, float]) -> None:
    is_road, is_water = "highway" in tags, tags.get("waterway") in WATERWAYS
    counted = [name for name, here in (("highways", is_road), ("waterways", "waterway" in tags), ("buildings", "building" in tags)) if here]
    nodes = [(node.ref, (node.location.lon, node.location.lat)) for node in way.nodes if node.location.valid()]
    if not any(_inside(*place, box) for _, place in nodes):
        return
    found.counts.update(counted)
    if "building" in tags and not way.is_closed():
        found.counts["buildings left out: not closed"] += 1
    if len(nodes) < 2:
        found.counts["ways left out: no line"] += 1
        return
    one = Way(tags, [ref for ref, _ in nodes], [place for _, place in nodes])
    if is_road and tags["highway"] in HIGHWAYS and tags.get("area") != "yes":
        found.roads.append(one)
    elif is_road:
        found.counts[f"highways left out: {'area' if tags.get('area') == 'yes' else tags['highway']}"] += 1
    if is_water:
        found.waterways.append(one)
    elif "waterway" in tags:
        found.counts[f"waterways left out: {tags['waterway']}"] += 1
    if way.is_closed() and "building" not in tags:
        _place(found, shapely.centroid(LineString(one.places)), tags)


_SHAPES = osmium.geom.WKBFactory()


def _area(found: Found, area: Any, tags: dict[str, str], box: tuple[float, float, float, float]) -> None:
    try:
        shape = shapely.from_wkb(_SHAPES.create_multipolygon(area))
    except (RuntimeError, shapely.errors.ShapelyError):
        found.counts["areas left out: broken"] += 1
        return
    if not shapely.box(*box).intersects(shape):
        return
    if "building" in tags:
        found.counts["building areas"] += 1
        for part in shape.geoms:
            described = {
                "use": "" if tags["building"] == "yes" else tags["building"][:40],
                "storeys": _whole(tags.get("building:levels")),
                "height_m": _metres(tags.get("height")),
                "address": _address(tags),
            }
            found.rows.append(("buildings", part, described))
        _place(found, shapely.point_on_surface(shape), tags)
    elif "landuse" in tags:
        found.counts["land use"] += 1
        found.rows.append(("land_use", shape, {"kind": tags["landuse"], "name": tags.get("name", "")[:200]}))
    elif tags.get("boundary") == "administrative" and "name" in tags and (level := _whole(tags.get("admin_level"))) is not None and level in BOUNDARY_LEVELS:
        found.counts["boundaries"] += 1
        code = next((tags[key] for key in ("ref", "ref:ine", "ref:INE", "ref:INSEE", "ISO3166-2") if key in tags), f"r{area.orig_id()}")
        described = {"code": code[:10], "name": tags["name"][:120], "population": _whole(tags.get("population"))}
        found.boundaries.setdefault(level, []).append((shape, described))


def _cut(ways: list[Way]) -> Iterator[tuple[Way, LineString]]:
    """Each way in stretches from junction to junction: a junction is a node that more than one stretch comes to."""
    uses: Counter[int] = Counter()
    for way in ways:
        uses.update(way.nodes)
    for way in ways:
        start = 0
        for index in range(1, len(way.nodes)):
            if index < len(way.nodes) - 1 and uses[way.nodes[index]] < 2:
                continue
            places = _without_repeats(way.places[start : index + 1])
            if len(places) > 1:
                yield way, LineString(places)
            start = index


def _without_repeats(places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    return [place for index, place in enumerate(places) if index == 0 or place != places[index - 1]]


def _streets(found: Found) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Stretches of streets, and of bridges beside them."""
    for way, line in _cut(found.roads):
        tags, class_ = way.tags, HIGHWAYS[way.tags["highway"]]
        oneway = tags.get("oneway", "yes" if tags.get("junction") in ("roundabout", "circular") or tags["highway"].startswith("motorway") else "no")
        backwards = oneway in ("-1", "reverse")
        on_bridge = tags.get("bridge", "no") != "no"
        described: dict[str, Any] = {
            "name": tags.get("name", tags.get("ref", ""))[:200],
            "road_class": class_.code,
            "width_m": _metres(tags.get("width")) or class_.width_m,
            "oneway": backwards or oneway in ("yes", "true", "1"),
            "surface": tags.get("surface", "")[:30],
            "speed_kmh": _kmh(tags.get("maxspeed")) or class_.speed_kmh,
            "bridge": on_bridge,
            "load_limit_t": _tonnes(tags.get("maxweight")),
        }
        yield "roads", shapely.reverse(line) if backwards else line, described
        if on_bridge:
            limits = {"load_limit_t": described["load_limit_t"], "clearance_m": None, "built_year": None}
            yield "bridges", line, {"name": (tags.get("bridge:name") or described["name"])[:200], "width_m": described["width_m"], **limits}


def _canals(found: Found) -> Iterator[tuple[str, Any, dict[str, Any]]]:
    """Stretches of waterways as boats travel them."""
    for way, line in _cut(found.waterways):
        class_, width_m, navigable = WATERWAYS[way.tags["waterway"]]
        said = way.tags.get("boat", way.tags.get("motorboat"))
        described = {
            "name": way.tags.get("name", "")[:200],
            "canal_class": class_,
            "width_m": _metres(way.tags.get("width")) or width_m,
            "depth_m": _metres(way.tags.get("depth")),
            "navigable": navigable if said is None else said not in ("no", "private"),
            "speed_kmh": _kmh(way.tags.get("maxspeed:boat")) or 15.0,
        }
        yield "canals", line, described


def _finest(found: Found) -> int | None:
    """The finest level with more than one whole boundary: a lone one is a neighbour that the extract happens to hold."""
    return max((level for level, boundaries in found.boundaries.items() if len(boundaries) > 1), default=None)


def _wards(found: Found, level: int | None) -> Iterable[tuple[str, Any, dict[str, Any]]]:
    return (("wards", shape, described) for shape, described in (found.boundaries.get(level, []) if level is not None else []))


def _number(text: str | None) -> float | None:
    match = NUMBER.search((text or "").replace(",", "."))
    return float(match[0]) if match else None


def _whole(text: str | None) -> int | None:
    number = _number(text)
    return int(number) if number is not None and number < 2**31 else None


def _metres(text: str | None) -> float | None:
    """A length; feet and inches are left aside rather than taken for metres."""
    number = _number(text)
    return number if number is not None and 0 < number < 1_000 and not set("'\"") & set(text or "") and "ft" not in (text or "") else None


def _kmh(text: str | None) -> float | None:
    number = _number(text)
    if number is None or number <= 0:
        return None
    return number * KMH_PER_MPH if "mph" in (text or "") else number


def _tonnes(text: str | None) -> float | None:
    number = _number(text)
    if number is None:
        return None
    return number * next((factor for unit, factor in TONNES.items() if (text or "").strip().endswith(unit)), 1.0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
