"""Where the tide comes into the streets: the one file of a layer that a test adds to the city."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Choice, Field, Grant, Layer, register

DEPTHS = (Choice(1, "Dưới 20 cm", "Under 20 cm"), Choice(2, "Trên 20 cm", "Over 20 cm"))


class FloodZone(models.Model):
    """One place that floods, and who has to be called there."""

    name = models.CharField(max_length=100)
    depth = models.SmallIntegerField(default=1)
    contact = models.CharField(max_length=100, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="POLYGON")

    def __str__(self) -> str:
        return self.name


@register
class FloodZones(Layer):
    slug = "tide_marks"
    vi, en = "Vùng ngập", "Flood zones"
    group = "environment"
    model = FloodZone
    geometry_type = "Polygon"
    label = "name"
    search = ("name",)
    grants = (Grant("see_assets"),)
    edit = "edit_assets"
    fields = (
        Field("name", "Tên", "Name", required=True, edit=True),
        Field("depth", "Độ sâu", "Depth", type="int", choices=DEPTHS, required=True, edit=True),
        Field("contact", "Người liên hệ", "Contact", see="see_land_users", edit=True),
    )
    style = [{"type": "fill", "paint": {"fill-color": "#33bbee", "fill-opacity": 0.4}}]
    legend = [{"vi": "Vùng ngập", "en": "Flood zone", "color": "#33bbee", "shape": "square"}]
