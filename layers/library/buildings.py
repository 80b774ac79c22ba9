"""Buildings by their footprint."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Field, Layer, register
from layers.rules.declared import AllowedValues, MinimumSize, NoOverlap

# Half a wall: neighbours share one.
WALL_M = 0.2
SMALLEST_M2 = 1.0
MOST_STOREYS = 80
HIGHEST_M = 300


class Building(models.Model):
    """One footprint."""

    use = models.CharField(max_length=40, blank=True)
    storeys = models.SmallIntegerField(null=True, blank=True)
    height_m = models.FloatField(null=True, blank=True)
    address = models.CharField(max_length=200, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="POLYGON")

    def __str__(self) -> str:
        return self.address or f"#{self.pk}"


@register
class Buildings(Layer):
    slug = "buildings"
    vi, en = "Công trình, nhà", "Buildings"
    group = "land"
    model = Building
    geometry_type = "Polygon"
    zooms = (14, 22)
    search = ("address",)
    edit = "edit_assets"
    rules = (
        # A warning: one house may stand over another's passage.
        NoOverlap(tolerance_m=WALL_M, severity="warning"),
        MinimumSize(area_m2=SMALLEST_M2),
        AllowedValues(field="storeys", least=0, most=MOST_STOREYS, vi="Số tầng", en="Storeys"),
        AllowedValues(field="height_m", least=0, most=HIGHEST_M, vi="Chiều cao (m)", en="Height (m)"),
    )
    fields = (
        Field("use", "Công năng", "Use", edit=True),
        Field("storeys", "Số tầng", "Storeys", type="int", edit=True),
        Field("height_m", "Chiều cao", "Height", type="float", unit="m", edit=True),
        Field("address", "Địa chỉ", "Address", edit=True, tile=False),
    )
    style = [{"type": "fill", "paint": {"fill-color": "#39434f", "fill-outline-color": "#4b5866", "fill-opacity": 0.9}}]
