"""Buildings by their footprint."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Field, Layer, register


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
    fields = (
        Field("use", "Công năng", "Use", edit=True),
        Field("storeys", "Số tầng", "Storeys", type="int", edit=True),
        Field("height_m", "Chiều cao", "Height", type="float", unit="m", edit=True),
        Field("address", "Địa chỉ", "Address", edit=True, tile=False),
    )
    style = [{"type": "fill", "paint": {"fill-color": "#39434f", "fill-outline-color": "#4b5866", "fill-opacity": 0.9}}]
