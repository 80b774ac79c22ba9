"""Gauges and stations with their readings: a water level is nothing without its datum and thresholds."""

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Choice, Field, Layer, register

KINDS = (
    Choice("water_level", "Mực nước", "Water level"),
    Choice("rain", "Mưa", "Rain"),
    Choice("salinity", "Độ mặn", "Salinity"),
    Choice("pm25", "Bụi mịn PM2,5", "PM2.5"),
)
STATES = (Choice("ok", "Tốt", "OK"), Choice("suspect", "Nghi ngờ", "Suspect"), Choice("stale", "Cũ", "Stale"), Choice("offline", "Mất tín hiệu", "Offline"))


class Sensor(models.Model):
    """One instrument and its newest reading."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    unit = models.CharField(max_length=20)
    datum = models.CharField(max_length=60, blank=True)
    thresholds = models.JSONField(default=dict, blank=True)
    last_value = models.FloatField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, default="offline")
    geom = CityGeometryField(geometry_type="POINT")

    def __str__(self) -> str:
        return self.name


class Reading(models.Model):
    """One value at one moment."""

    sensor = models.ForeignKey(Sensor, on_delete=models.CASCADE, related_name="readings")
    at = models.DateTimeField()
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sensor", "at"], name="one_reading_per_moment")]


@register
class Sensors(Layer):
    slug = "sensors"
    vi, en = "Cảm biến, trạm đo", "Sensors"
    group = "environment"
    model = Sensor
    zooms = (10, 22)
    label = "name"
    label_zoom = 13.5
    label_color = "#8fd9bd"
    search = ("name", "code")
    fields = (
        Field("code", "Mã", "Code"),
        Field("name", "Tên", "Name"),
        Field("kind", "Loại", "Kind", choices=KINDS),
        Field("last_value", "Giá trị", "Value", type="float"),
        Field("unit", "Đơn vị", "Unit"),
        Field("last_at", "Lúc", "At", type="datetime"),
        Field("state", "Trạng thái", "State", choices=STATES),
        Field("datum", "Mốc cao độ", "Datum", tile=False),
        Field("thresholds", "Ngưỡng", "Thresholds", type="json", tile=False),
    )
    style = [
        {
            "type": "circle",
            "paint": {
                "circle-radius": 6,
                "circle-color": ["match", ["get", "state"], "ok", "#3fb68b", "suspect", "#feef78", "#6b7785"],
                "circle-stroke-color": "#0b1016",
                "circle-stroke-width": 1.5,
            },
        }
    ]
    legend = [{"vi": "Trạm đo", "en": "Sensor", "color": "#3fb68b", "shape": "circle"}]
