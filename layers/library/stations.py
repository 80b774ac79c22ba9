"""Where forces start from: police, fire, ambulance, militia, ward offices."""

from django.db import models

from geo.fields import CityGeometryField
from geo.models import Agency
from layers.layer import Field, Layer, register


class Station(models.Model):
    """One place."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=40, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="POINT")

    def __str__(self) -> str:
        return self.name


@register
class Stations(Layer):
    slug = "stations"
    vi, en = "Trụ sở lực lượng", "Stations"
    group = "operations"
    model = Station
    zooms = (11, 22)
    label = "name"
    label_zoom = 13.5
    label_color = "#cdb6f5"
    search = ("name",)
    edit = "edit_assets"
    fields = (
        Field("name", "Tên", "Name", required=True, edit=True),
        Field("kind", "Loại", "Kind", required=True, edit=True),
        Field("phone", "Điện thoại", "Phone", edit=True, tile=False),
    )
    style = [
        {
            "type": "circle",
            "paint": {
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2.5, 17, 6],
                "circle-color": "#b48cf0",
                "circle-stroke-color": "#0b1016",
                "circle-stroke-width": 1,
            },
        }
    ]
    legend = [{"vi": "Trụ sở lực lượng", "en": "Stations", "color": "#b48cf0", "shape": "circle"}]
