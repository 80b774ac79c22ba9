"""Drains: pipes, boxes and open channels."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Choice, Field, Layer, register
from layers.library.assets import ASSET_FIELDS, ASSET_RULES, OWN_ASSETS, SEE_ASSETS, Asset
from layers.rules.declared import AllowedValues, Connected, MinimumSize

KINDS = (Choice("pipe", "Cống tròn", "Pipe"), Choice("box", "Cống hộp", "Box"), Choice("open", "Mương hở", "Open channel"))

SHORTEST_M = 0.5
SMALLEST_MM, LARGEST_MM = 50, 5_000


class Drain(Asset):
    """One length of drain."""

    kind = models.CharField(max_length=12, default="pipe")
    diameter_mm = models.IntegerField(null=True, blank=True)
    geom = CityGeometryField(geometry_type="LINESTRING")


@register
class Drains(Layer):
    slug = "drains"
    vi, en = "Cống thoát nước", "Drains"
    group = "infrastructure"
    model = Drain
    geometry_type = "LineString"
    zooms = (14, 22)
    visible = False
    search = ("asset_code",)
    grants = SEE_ASSETS
    edit = "edit_assets"
    edit_own = OWN_ASSETS
    rules = (
        *ASSET_RULES,
        Connected(reach_m=1.0, at_ends=False),
        MinimumSize(length_m=SHORTEST_M, severity="warning"),
        AllowedValues(field="diameter_mm", least=SMALLEST_MM, most=LARGEST_MM, vi="Đường kính (mm)", en="Diameter (mm)"),
        AllowedValues(field="kind", vi="Loại", en="Kind"),
    )
    fields = (
        *ASSET_FIELDS,
        Field("kind", "Loại", "Kind", choices=KINDS, edit=True, required=True),
        Field("diameter_mm", "Đường kính", "Diameter", type="int", unit="mm", edit=True),
    )
    style = [{"type": "line", "paint": {"line-color": "#4aa3a0", "line-width": 1.4, "line-dasharray": [3, 1.5]}}]
    legend = [{"vi": "Cống", "en": "Drain", "color": "#4aa3a0", "shape": "line"}]
