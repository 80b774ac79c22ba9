"""The height of the ground: one raster, drawn by colours that mean the same height at every zoom."""

from pathlib import Path

from django.conf import settings

from layers.layer import Grant, Layer, register

# Cividis by height: read alike with and without colour vision. The steps are close where a delta lives, between -1 and 5 m.
RAMP = (
    (-2.0, "#00224e"),
    (0.0, "#1d3a6c"),
    (0.5, "#3b496c"),
    (1.0, "#575d6d"),
    (1.5, "#707173"),
    (2.0, "#8a8678"),
    (3.0, "#a59c74"),
    (5.0, "#c3b369"),
    (20.0, "#e1cc55"),
    (200.0, "#fee838"),
    (3000.0, "#ffffff"),
)


@register
class Elevation(Layer):
    slug = "elevation"
    vi, en = "Độ cao mặt đất", "Ground elevation"
    group = "environment"
    kind = "raster"
    geometry_type = "Polygon"
    visible = False
    grants = (Grant("see_assets"),)
    ramp = RAMP
    style = [{"type": "raster", "paint": {"raster-opacity": 0.85, "raster-fade-duration": 0}}]
    legend = [{"vi": f"{height:g} m", "en": f"{height:g} m", "color": color, "shape": "square"} for height, color in RAMP]

    @classmethod
    def file(cls) -> Path:
        return Path(settings.ELEVATION_PATH)
