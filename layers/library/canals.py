"""Canals and ditches by their centre lines, cut at every junction, as boats travel them."""

from django.db import models

from geo.fields import CityGeometryField
from geo.models import Agency
from layers.layer import Choice, Field, Layer, register
from layers.library.assets import KEEPERS
from layers.rules.declared import AllowedValues, Connected, MinimumSize

CLASSES = (Choice("main", "Kênh chính", "Main canal"), Choice("secondary", "Kênh nhánh", "Secondary canal"), Choice("ditch", "Rạch, mương", "Ditch"))

SHORTEST_M = 0.5
NARROWEST_M, WIDEST_M = 0.5, 2_000.0
FASTEST_KMH = 60


class Canal(models.Model):
    """One edge of the waterway network."""

    name = models.CharField(max_length=200, blank=True)
    canal_class = models.CharField(max_length=20)
    width_m = models.FloatField()
    depth_m = models.FloatField(null=True, blank=True)
    navigable = models.BooleanField(default=True)
    speed_kmh = models.FloatField(default=15)
    # Whose it is, and who looks after it: a trunk road is not the ward's.
    owner = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="LINESTRING")

    def __str__(self) -> str:
        return self.name or self.canal_class


# A canal is as wide as it is: metres on the ground become pixels, doubling with each zoom (0.147 px per metre at zoom 14, 10° N).
def _metres(zoom: float) -> list[object]:
    return ["max", 0.6, ["*", ["get", "width_m"], 0.1061 * 2 ** (zoom - 14)]]


@register
class Canals(Layer):
    slug = "canals"
    vi, en = "Kênh, rạch", "Canals"
    group = "transport"
    model = Canal
    geometry_type = "LineString"
    zooms = (8, 22)
    label = "name"
    label_zoom = 12.5
    label_color = "#7fb2d9"
    label_along = True
    search = ("name",)
    edit = "edit_assets"
    rules = (
        Connected(reach_m=5.0),
        MinimumSize(length_m=SHORTEST_M, severity="warning"),
        AllowedValues(field="width_m", least=NARROWEST_M, most=WIDEST_M, vi="Bề rộng (m)", en="Width (m)"),
        AllowedValues(field="speed_kmh", least=1, most=FASTEST_KMH, vi="Tốc độ (km/h)", en="Speed (km/h)"),
        AllowedValues(field="canal_class", vi="Cấp", en="Class"),
    )
    fields = (
        Field("name", "Tên kênh", "Name", edit=True),
        Field("canal_class", "Cấp kênh", "Class", choices=CLASSES, required=True, edit=True),
        Field("width_m", "Bề rộng", "Width", type="float", unit="m", required=True, edit=True),
        Field("depth_m", "Độ sâu", "Depth", type="float", unit="m", edit=True, tile=False),
        Field("navigable", "Ghe tàu đi được", "Navigable", type="bool", required=True, edit=True),
        Field("speed_kmh", "Tốc độ", "Speed", type="float", unit="km/h", required=True, edit=True, tile=False),
        *KEEPERS,
    )
    style = [
        {
            "type": "line",
            "layout": {"line-cap": "round", "line-join": "round"},
            "paint": {"line-color": "#1f4a66", "line-width": ["interpolate", ["exponential", 2], ["zoom"], 10, _metres(10), 22, _metres(22)]},
        }
    ]
    legend = [{"vi": "Kênh, rạch", "en": "Canal", "color": "#1f4a66", "shape": "line"}]
