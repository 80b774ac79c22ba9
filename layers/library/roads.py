"""Streets, alleys and paths, cut at every junction: equal end points are one node of the network."""

from django.db import models

from geo.fields import CityGeometryField
from geo.models import Agency
from layers.layer import Choice, Field, Layer, register
from layers.library.assets import KEEPERS
from layers.rules.declared import AllowedValues, Connected, MinimumSize

CLASSES = (
    Choice("trunk", "Quốc lộ", "Trunk road"),
    Choice("primary", "Trục chính", "Primary street"),
    Choice("secondary", "Đường liên khu vực", "Secondary street"),
    Choice("tertiary", "Đường khu vực", "Tertiary street"),
    Choice("residential", "Đường nội bộ", "Residential street"),
    Choice("alley", "Hẻm", "Alley"),
    Choice("path", "Lối đi", "Path"),
)

SHORTEST_M = 0.5
NARROWEST_M, WIDEST_M = 0.5, 80.0
FASTEST_KMH = 120


class Road(models.Model):
    """One edge of the street network."""

    name = models.CharField(max_length=200, blank=True)
    road_class = models.CharField(max_length=20)
    width_m = models.FloatField()
    oneway = models.BooleanField(default=False)
    surface = models.CharField(max_length=30, blank=True)
    speed_kmh = models.FloatField()
    bridge = models.BooleanField(default=False)
    load_limit_t = models.FloatField(null=True, blank=True)
    # Whose it is, and who looks after it: a trunk road is not the ward's.
    owner = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="LINESTRING")

    def __str__(self) -> str:
        return self.name or self.road_class


_WIDTH = [
    "interpolate",
    ["exponential", 1.6],
    ["zoom"],
    10,
    ["match", ["get", "road_class"], "trunk", 1.6, "primary", 1.2, 0.4],
    17,
    ["match", ["get", "road_class"], "trunk", 16, "primary", 12, "secondary", 10, "tertiary", 8, "residential", 6, "alley", 3, 2],
]


@register
class Roads(Layer):
    slug = "roads"
    vi, en = "Đường", "Roads"
    group = "transport"
    model = Road
    geometry_type = "LineString"
    zooms = (9, 22)
    label = "name"
    label_zoom = 15
    label_color = "#b9c3cd"
    search = ("name",)
    edit = "edit_assets"
    rules = (
        Connected(),
        MinimumSize(length_m=SHORTEST_M, severity="warning"),
        AllowedValues(field="width_m", least=NARROWEST_M, most=WIDEST_M, vi="Bề rộng (m)", en="Width (m)"),
        AllowedValues(field="speed_kmh", least=1, most=FASTEST_KMH, vi="Tốc độ (km/h)", en="Speed (km/h)"),
        AllowedValues(field="road_class", vi="Cấp", en="Class"),
    )
    fields = (
        Field("name", "Tên đường", "Name", edit=True),
        Field("road_class", "Cấp đường", "Class", choices=CLASSES, required=True, edit=True),
        Field("width_m", "Bề rộng", "Width", type="float", unit="m", required=True, edit=True),
        Field("oneway", "Một chiều", "One way", type="bool", required=True, edit=True),
        Field("surface", "Mặt đường", "Surface", edit=True, tile=False),
        Field("speed_kmh", "Tốc độ", "Speed", type="float", unit="km/h", required=True, edit=True, tile=False),
        Field("bridge", "Trên cầu", "On a bridge", type="bool", required=True, edit=True),
        Field("load_limit_t", "Tải trọng", "Load limit", type="float", unit="t", edit=True, tile=False),
        *KEEPERS,
    )
    style = [
        {
            "type": "line",
            "minzoom": 13,
            "layout": {"line-cap": "round", "line-join": "round"},
            "paint": {"line-color": "#0b1016", "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 13, 1, 17, 12], "line-opacity": 0.5},
        },
        {
            "type": "line",
            "layout": {"line-cap": "round", "line-join": "round"},
            "paint": {
                "line-color": ["match", ["get", "road_class"], "trunk", "#a98c52", "primary", "#8c8470", "secondary", "#727a83", "#566270"],
                "line-width": _WIDTH,
            },
        },
    ]
    legend = [
        {"vi": "Quốc lộ", "en": "Trunk road", "color": "#a98c52", "shape": "line"},
        {"vi": "Đường phố", "en": "Street", "color": "#566270", "shape": "line"},
    ]
