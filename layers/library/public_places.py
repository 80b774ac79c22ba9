"""Places that people know and name: markets, schools, hospitals, offices."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Field, Layer, register


class PublicPlace(models.Model):
    """One place."""

    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=40)
    address = models.CharField(max_length=200, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="POINT")

    def __str__(self) -> str:
        return self.name


@register
class PublicPlaces(Layer):
    slug = "public_places"
    vi, en = "Địa điểm công cộng", "Public places"
    group = "administration"
    model = PublicPlace
    zooms = (12, 22)
    label = "name"
    label_zoom = 14.5
    label_color = "#a9cbe6"
    search = ("name", "address")
    edit = "edit_assets"
    fields = (
        Field("name", "Tên", "Name", required=True, edit=True),
        Field("kind", "Loại", "Kind", required=True, edit=True),
        Field("address", "Địa chỉ", "Address", edit=True, tile=False),
    )
    style = [
        {
            "type": "circle",
            "paint": {
                "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2.5, 17, 6],
                "circle-color": "#7fb2d9",
                "circle-stroke-color": "#0b1016",
                "circle-stroke-width": 1,
            },
        }
    ]
    legend = [{"vi": "Địa điểm công cộng", "en": "Public places", "color": "#7fb2d9", "shape": "circle"}]
