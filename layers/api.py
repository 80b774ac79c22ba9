"""The catalogue of layers and their features over HTTP."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from layers import query, search
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
