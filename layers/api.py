"""The catalogue of layers and their features over HTTP."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from geo.city import CITY
from geo.errors import BAD_REQUEST
from layers import context, query, search
from layers.access import Opened, opened, visible_layers
from layers.layer import GROUPS, Field

router = Router(tags=["layers"])


@router.get("/layers")
def catalogue(request: HttpRequest) -> dict[str, Any]:
    """Every layer that the caller may see, with fields, style and legend."""
    return {
        "layers": [_entry(seen) for seen in visible_layers(request.caller)],
        "groups": [{"slug": slug, "vi": vi, "en": en} for slug, (vi, en) in GROUPS.items()],
    }


@router.get("/search", tags=["search"])
def find(request: HttpRequest, q: str, limit: int = 20) -> dict[str, Any]:
    """What is called so, without marks, in every layer that the caller may see; best first."""
    return {"results": search.find(request.caller, text=q, limit=limit)}


@router.get("/context", tags=["search"])
def context_of(request: HttpRequest, lon: float, lat: float) -> dict[str, Any]:
    """What lies at a place: ward, road, parcel, and what is near, as far as the caller may see it."""
    return context.at_place(request.caller, lon=lon, lat=lat, day=timezone.localdate(request.at))


@router.get("/layers/{slug}/features")
def features(request: HttpRequest, slug: str, bbox: str = "", limit: int = 100, after: int = 0) -> dict[str, Any]:
    """Features by fid, of a lon/lat box when given; the next page begins after the last fid of this one."""
    found = query.features(opened(slug, request.caller), box=_box(bbox), limit=limit, after_fid=max(0, min(after, query.LARGEST_FID)))
    return {"type": "FeatureCollection", "features": found, "next": found[-1]["id"] if len(found) == limit else None}


def _box(text: str) -> query.Box | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(edge) for edge in text.split(","))
    except ValueError:
        west = south = east = north = math.nan
    if not (west <= east and south <= north and math.isfinite(west + south + east + north)):
        raise BAD_REQUEST("bbox là tây,nam,đông,bắc theo độ.", "bbox is west,south,east,north in degrees.")
    # Far from the city its CRS means nothing, and nothing of the city lies there: such a box shrinks to the city's nearest edge.
    clamp_x, clamp_y = (lambda edge, low=CITY.bounds[axis], high=CITY.bounds[axis + 2]: min(max(edge, low), high) for axis in (0, 1))
    return clamp_x(west), clamp_y(south), clamp_x(east), clamp_y(north)


@router.get("/layers/{slug}/features/{fid}")
def one_feature(request: HttpRequest, response: HttpResponse, slug: str, fid: int) -> dict[str, Any]:
    """One feature with the attributes that the caller may see; ETag is its version."""
    found = query.feature(opened(slug, request.caller), fid)
    if "version" in found:
        response["ETag"] = f'"v{found["version"]}"'
    return found


def _entry(seen: Opened) -> dict[str, Any]:
    layer = seen.layer
    return {
        "slug": layer.slug,
        "title": {"vi": layer.vi, "en": layer.en},
        "group": layer.group,
        "kind": layer.kind,
        "geometry": layer.geometry_type,
        "tiles": layer.tile_address(),
        "minzoom": layer.zooms[0],
        "maxzoom": layer.zooms[1],
        "visible": layer.visible,
        # Editing has no address yet, so no layer claims to be editable.
        "editable": False,
        "label": layer.label,
        "fields": [_field(field) for field in seen.fields],
        "style": layer.style,
        "legend": [{"label": {"vi": row["vi"], "en": row["en"]}, "color": row["color"], "shape": row["shape"]} for row in layer.legend],
    }


def _field(field: Field) -> dict[str, Any]:
    choices = [{"value": choice.value, "vi": choice.vi, "en": choice.en} for choice in field.choices]
    return {
        "name": field.name,
        "title": {"vi": field.vi, "en": field.en},
        "type": field.type,
        "unit": field.unit,
        "choices": choices or None,
        "editable": field.edit,
        "required": field.required,
    }
