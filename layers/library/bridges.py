"""Bridges, with what may cross above and pass below."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Field, Layer, register
from layers.rules.declared import AllowedValues, MinimumSize

SHORTEST_M = 1.0
NARROWEST_M, WIDEST_M = 0.5, 80.0
HEAVIEST_T = 200
HIGHEST_M = 100


class Bridge(models.Model):
    """One bridge along its deck."""

    name = models.CharField(max_length=200, blank=True)
    width_m = models.FloatField()
    load_limit_t = models.FloatField(null=True, blank=True)
    clearance_m = models.FloatField(null=True, blank=True)
    built_year = models.SmallIntegerField(null=True, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="LINESTRING")

    def __str__(self) -> str:
        return self.name


@register
class Bridges(Layer):
    slug = "bridges"
    vi, en = "Cầu", "Bridges"
    group = "transport"
    model = Bridge
    geometry_type = "LineString"
    zooms = (12, 22)
    label = "name"
    label_zoom = 16
    label_color = "#cfd8e0"
    search = ("name",)
    edit = "edit_assets"
    rules = (
        MinimumSize(length_m=SHORTEST_M),
        AllowedValues(field="width_m", least=NARROWEST_M, most=WIDEST_M, vi="Bề rộng (m)", en="Width (m)"),
        AllowedValues(field="load_limit_t", least=0, most=HEAVIEST_T, vi="Tải trọng (t)", en="Load limit (t)"),
        AllowedValues(field="clearance_m", least=0, most=HIGHEST_M, vi="Tĩnh không (m)", en="Clearance (m)"),
    )
    fields = (
        Field("name", "Tên cầu", "Name", edit=True),
        Field("width_m", "Bề rộng", "Width", type="float", unit="m", required=True, edit=True),
        Field("load_limit_t", "Tải trọng", "Load limit", type="float", unit="t", edit=True),
        Field("clearance_m", "Tĩnh không", "Clearance", type="float", unit="m", edit=True),
        Field("built_year", "Năm xây", "Built", type="int", edit=True, tile=False),
    )
    style = [
        {"type": "line", "paint": {"line-color": "#cfd8e0", "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 12, 2, 17, 14]}},
        {"type": "line", "paint": {"line-color": "#6f7b87", "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 12, 1, 17, 9]}},
    ]
    legend = [{"vi": "Cầu", "en": "Bridge", "color": "#cfd8e0", "shape": "line"}]
