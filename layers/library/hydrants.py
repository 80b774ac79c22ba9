"""Where fire engines take water: pillars and intakes on the canals."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Choice, Field, Layer, register
from layers.library.assets import ASSET_FIELDS, ASSET_RULES, OWN_ASSETS, SEE_ASSETS, Asset
from layers.rules.declared import Apart, Inside

KINDS = (Choice("pillar", "Trụ nước", "Pillar"), Choice("intake", "Điểm lấy nước kênh", "Canal intake"))

# Nearer is one hydrant entered twice.
APART_M = 1.0
BOUNDARY_SLACK_M = 20.0


class Hydrant(Asset):
    """One place to take water."""

    kind = models.CharField(max_length=12, default="pillar")
    flow_lps = models.FloatField(null=True, blank=True)
    geom = CityGeometryField(geometry_type="POINT")


@register
class Hydrants(Layer):
    slug = "hydrants"
    vi, en = "Trụ nước chữa cháy", "Hydrants"
    group = "infrastructure"
    model = Hydrant
    zooms = (13, 22)
    visible = False
    search = ("asset_code",)
    grants = SEE_ASSETS
    edit = "edit_assets"
    edit_own = OWN_ASSETS
    rules = (
        *ASSET_RULES,
        Apart(distance_m=APART_M),
        Inside(layer="wards", outer_rows="t.kind in ('phuong', 'xa')", slack_m=BOUNDARY_SLACK_M, vi="địa giới", en="the wards", severity="warning"),
    )
    fields = (
        *ASSET_FIELDS,
        Field("kind", "Loại", "Kind", choices=KINDS, edit=True, required=True),
        Field("flow_lps", "Lưu lượng", "Flow", type="float", unit="l/s", edit=True),
    )
    style = [
        {
            "type": "circle",
            "paint": {
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 13, 3, 18, 7],
                "circle-color": ["match", ["get", "kind"], "intake", "#3b8ae5", "#d9534f"],
                "circle-stroke-color": "#e6edf3",
                "circle-stroke-width": 1,
            },
        }
    ]
    legend = [
        {"vi": "Trụ nước", "en": "Pillar", "color": "#d9534f", "shape": "circle"},
        {"vi": "Điểm lấy nước", "en": "Canal intake", "color": "#3b8ae5", "shape": "circle"},
    ]
