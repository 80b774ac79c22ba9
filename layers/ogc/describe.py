"""What a layer says of itself in OGC's words: collection, queryables, schema and the OpenAPI document."""

from collections.abc import Collection
from typing import Any

from geo.city import CITY
from layers import access
from layers.access import Opened
from layers.layer import Field
from layers.ogc.asked import DEFAULT_LIMIT, FILTER_LANGUAGES, LARGEST_LIMIT
from layers.ogc.crs import CRS84, CRSS, STORED

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time"},
    "list": {"type": "array"},
    "json": {"type": "object"},
}
# What a query string can say.
ASKABLE = frozenset({"text", "int", "float", "bool", "date", "datetime"})


def feature(seen: Opened, found: dict[str, Any], shown: Collection[str] | None = None) -> dict[str, Any]:
    """As the standard has it: the layer's name is the collection's, not the feature's.

    A number that may have a fraction always shows one: QGIS and old GDAL take a field for whole numbers when their first page has no other.
    """
    properties = {name: value for name, value in found["properties"].items() if name != "_layer" and (shown is None or name in shown)}
    for field in seen.fields:
        if field.type == "float" and isinstance(properties.get(field.name), int):
            properties[field.name] = float(properties[field.name])
    return {"type": "Feature", "id": found["id"], "geometry": found["geometry"], "properties": properties}


def collection(seen: Opened) -> dict[str, Any]:
    """A collection without its links. The extent is the city's: a true one would tell where hidden rows lie."""
    layer = seen.layer
    extent: dict[str, Any] = {"spatial": {"bbox": [list(CITY.bounds)], "crs": CRS84}}
    if layer.time is not None:
        extent["temporal"] = {"interval": [[None, None]]}
    return {
        "id": layer.slug,
        "title": layer.vi,
        "description": layer.en,
        "extent": extent,
        "itemType": "feature",
        "crs": list(CRSS),
        "storageCrs": STORED.uri,
    }


def queryables(seen: Opened, address: str) -> dict[str, Any]:
    """The properties that a query may name, as a JSON schema."""
    asked = {field.name: _property(field) for field in seen.fields if field.type in ASKABLE}
    return _schema(seen, address, {**asked, "geometry": _geometry(seen)}) | {"additionalProperties": False}


def schema(seen: Opened, address: str) -> dict[str, Any]:
    """The features of the collection as Part 5 has them: properties, identifier and geometry beside each other, and what this caller may not change."""
    properties = {
        "fid": {"type": "integer", "x-ogc-role": "id", "readOnly": True},
        **_told(seen),
        "geometry": _geometry(seen),
    }
    return _schema(seen, address, properties) | {"required": _required(seen)}


def feature_schema(seen: Opened, address: str) -> dict[str, Any]:
    """One feature as GeoJSON, which is what GDAL looks for: without it the first page decides whether a width is a whole number."""
    properties = {
        "type": {"type": "string"},
        "id": {"type": "integer"},
        "geometry": {"type": "object"},
        "properties": {"type": "object", "properties": _told(seen), "required": _required(seen)},
    }
    return _schema(seen, address, properties) | {"required": ["type", "geometry", "properties"]}


def _told(seen: Opened) -> dict[str, Any]:
    may_edit = access.may(seen.layer, "edit", seen.scope)
    told = {}
    for number, field in enumerate(seen.fields, 1):
        told[field.name] = {**_property(field), "x-ogc-propertySeq": number}
        # What is asked for once, when a row is made, does not change afterwards.
        if not (may_edit and (access.may_write(field, seen.scope) or field.required)):
            told[field.name]["readOnly"] = True
    return told


def _required(seen: Opened) -> list[str]:
    return [field.name for field in seen.fields if field.required]


def _schema(seen: Opened, address: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": DRAFT, "$id": address, "type": "object", "title": seen.layer.vi, "description": seen.layer.en, "properties": properties}


def _property(field: Field) -> dict[str, Any]:
    described = {"title": field.vi, "description": field.en, **TYPES[field.type]}
    if field.unit:
        described["x-ogc-unit"] = field.unit
    if field.choices:
        described["enum"] = [choice.value for choice in field.choices]
    return described


def _geometry(seen: Opened) -> dict[str, Any]:
    kind = seen.layer.geometry_type.lower()
    return {"format": "geometry-any" if kind == "geometry" else f"geometry-{kind}", "x-ogc-role": "primary-geometry"}


def openapi(seen: list[Opened], server: str) -> dict[str, Any]:
    """OpenAPI 3.0 of what this caller may ask."""
    paths: dict[str, Any] = {
        "/": _get("Landing page"),
        "/conformance": _get("Conformance classes"),
        "/collections": _get("Collections"),
    }
    for one in seen:
        base = f"/collections/{one.layer.slug}"
        paths[base] = _get(one.layer.en)
        paths[f"{base}/queryables"] = _get(f"{one.layer.en}: queryables")
        paths[f"{base}/schema"] = _get(f"{one.layer.en}: schema")
        paths[f"{base}/items"] = _get(f"{one.layer.en}: features", *_of_items(one))
        paths[f"{base}/items/{{featureId}}"] = _get(
            f"{one.layer.en}: one feature", {"name": "featureId", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
        )
    return {
        "openapi": "3.0.3",
        "info": {"title": CITY.owner["en"], "version": "1"},
        "servers": [{"url": server}],
        "paths": paths,
    }


def _get(summary: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    form = {"name": "f", "in": "query", "schema": {"type": "string", "enum": ["json", "html"]}}
    problem = {"description": "A refusal", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
    return {"get": {"summary": summary, "parameters": [form, *parameters], "responses": {"200": {"description": summary}, "default": problem}}}


def _of_items(seen: Opened) -> list[dict[str, Any]]:
    box = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
    kept: list[dict[str, Any]] = [
        {"name": "bbox", "in": "query", "schema": box, "style": "form", "explode": False},
        {"name": "bbox-crs", "in": "query", "schema": {"type": "string", "enum": list(CRSS)}},
        {"name": "crs", "in": "query", "schema": {"type": "string", "enum": list(CRSS)}},
        {"name": "datetime", "in": "query", "schema": {"type": "string"}},
        {"name": "as_of", "in": "query", "schema": {"type": "string", "format": "date-time"}},
        {"name": "limit", "in": "query", "schema": limit, "style": "form", "explode": False},
        {"name": "cursor", "in": "query", "schema": {"type": "string"}},
        {"name": "filter", "in": "query", "schema": {"type": "string"}},
        {"name": "filter-lang", "in": "query", "schema": {"type": "string", "enum": list(FILTER_LANGUAGES)}},
        {"name": "filter-crs", "in": "query", "schema": {"type": "string", "enum": [CRS84]}},
        {"name": "properties", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}, "style": "form", "explode": False},
    ]
    return kept + [{"name": field.name, "in": "query", "schema": TYPES[field.type]} for field in seen.fields if field.type in ASKABLE]
