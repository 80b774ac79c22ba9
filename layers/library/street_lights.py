"""Street lights, by the number painted on the pole."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Field, Layer, register
from layers.library.assets import ASSET_FIELDS, ASSET_RULES, OWN_ASSETS, SEE_ASSETS, Asset
from layers.rules.declared import Apart, Inside

# Nearer is one pole entered twice.
APART_M = 0.5
BOUNDARY_SLACK_M = 20.0


class StreetLight(Asset):
    """One pole."""

    lamp = models.CharField(max_length=20, default="LED")
    power_w = models.FloatField(null=True, blank=True)
    installed_on = models.DateField(null=True, blank=True)
    geom = CityGeometryField(geometry_type="POINT")


@register
class StreetLights(Layer):
    slug = "street_lights"
    vi, en = "Đèn đường", "Street lights"
    group = "infrastructure"
    model = StreetLight
    zooms = (14, 22)
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
        Field("lamp", "Loại đèn", "Lamp", edit=True),
        Field("power_w", "Công suất", "Power", type="float", unit="W", edit=True, tile=False),
        Field("installed_on", "Ngày lắp", "Installed on", type="date", edit=True, tile=False),
    )
    style = [
        {"type": "circle", "paint": {"circle-radius": ["interpolate", ["linear"], ["zoom"], 14, 1.5, 18, 5], "circle-color": "#e6d27a", "circle-opacity": 0.85}}
    ]
    legend = [{"vi": "Đèn đường", "en": "Street light", "color": "#e6d27a", "shape": "circle"}]
