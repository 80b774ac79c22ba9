"""The whole style and each layer's TileJSON, for one caller: drawn from the registry, nothing from the internet."""

from typing import Any

from geo.city import CITY
from layers.access import Opened, Scope, visible_layers
from tiles import raster
from tiles.vector import FULL_DETAIL_FROM, LABEL_SUFFIX

BACKGROUND = "#10161d"
LABEL_FONT = ["Be Vietnam Pro"]
# What lies under what: surfaces first, then water, roads, things and cases.
ORDER = ("wards", "parcels", "indicators", "canals", "buildings", "drains", "roads", "bridges")


def tile_json(opened: Opened) -> dict[str, Any]:
    """TileJSON 3.0 of one layer."""
    layer = opened.layer
    west, south, east, north = CITY.bounds
    return {
        "tilejson": "3.0.0",
        "name": layer.slug,
        "description": layer.vi,
        "tiles": [f"/tiles/{layer.slug}/{{z}}/{{x}}/{{y}}.mvt"],
        "minzoom": layer.zooms[0],
        "maxzoom": layer.zooms[1],
        "bounds": [west, south, east, north],
        "vector_layers": [{"id": layer.slug, "fields": {field.name: field.type for field in opened.fields if field.tile}}],
    }


def whole_style(scope: Scope) -> dict[str, Any]:
    """A MapLibre style of everything the caller may see. No `glyphs`: labels are drawn from the page's own font."""
    rasters = raster.seen(scope)
    shown = sorted((opened for opened in visible_layers(scope) if opened.layer.kind == "vector"), key=_depth)
    return {
        "version": 8,
        "name": CITY.names["vi"],
        "center": [CITY.view["lon"], CITY.view["lat"]],
        "zoom": CITY.view["zoom"],
        "sources": {
            **{found.layer.slug: _raster_source(found) for found in rasters},
            **{slug: source for opened in shown for slug, source in _sources(opened).items()},
        },
        "layers": [
            {"id": "background", "type": "background", "paint": {"background-color": BACKGROUND}},
            *(drawn for found in rasters for drawn in _raster_drawn(found)),
            *(drawn for opened in shown for drawn in _drawn(opened)),
            *(drawn for opened in shown for drawn in _labels(opened)),
        ],
    }


def _depth(opened: Opened) -> int:
    return ORDER.index(opened.layer.slug) if opened.layer.slug in ORDER else len(ORDER)


def _raster_source(found: raster.Standing) -> dict[str, Any]:
    return {
        "type": "raster",
        "tiles": [found.layer.tile_address()],
        "tileSize": raster.TILE_PX,
        "bounds": list(found.bounds),
        "minzoom": 0,
        # Beyond it the browser enlarges: the raster has no more to show.
        "maxzoom": found.last_zoom,
    }


def _raster_drawn(found: raster.Standing) -> list[dict[str, Any]]:
    """Below everything that has rows."""
    layer = found.layer
    return [
        {"id": f"{layer.slug}-{index}", "source": layer.slug, **part, "layout": {"visibility": "visible" if layer.visible else "none"}}
        for index, part in enumerate(layer.style)
    ]


def _sources(opened: Opened) -> dict[str, Any]:
    slug = opened.layer.slug
    # A line that carries its name along itself needs no other place for it.
    names = [slug, slug + LABEL_SUFFIX] if opened.layer.label and not opened.layer.label_along else [slug]
    return {
        name: {
            "type": "vector",
            "tiles": [f"/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt"],
            "minzoom": opened.layer.zooms[0],
            # Deeper tiles exist for who asks; here the renderer enlarges these, which are already exact to 15 cm.
            "maxzoom": min(opened.layer.zooms[1], FULL_DETAIL_FROM),
        }
        for name in names
    }


def _drawn(opened: Opened) -> list[dict[str, Any]]:
    layer = opened.layer
    return [
        {
            "id": f"{layer.slug}-{index}",
            "source": layer.slug,
            "source-layer": layer.slug,
            **part,
            "layout": {**part.get("layout", {}), "visibility": "visible" if layer.visible else "none"},
        }
        for index, part in enumerate(layer.style)
    ]


def _labels(opened: Opened) -> list[dict[str, Any]]:
    """A name beside its thing, or along it where the layer says so; and from which zoom on."""
    layer = opened.layer
    if not layer.label:
        return []
    along = layer.label_along
    source = layer.slug if along else layer.slug + LABEL_SUFFIX
    return [
        {
            "id": layer.slug + LABEL_SUFFIX,
            "type": "symbol",
            "source": source,
            "source-layer": source,
            "minzoom": layer.label_zoom or max(layer.zooms[0], 11),
            "layout": {
                "text-field": ["coalesce", ["to-string", ["get", layer.label]], ""],
                "text-font": LABEL_FONT,
                "text-size": 11 if along else 12,
                **({"symbol-placement": "line", "symbol-spacing": 320, "text-max-angle": 35, "text-padding": 6} if along else {"text-padding": 3}),
                "visibility": "visible" if layer.visible else "none",
            },
            "paint": {"text-color": layer.label_color, "text-halo-color": "#0b1016", "text-halo-width": 1.4},
        }
    ]
