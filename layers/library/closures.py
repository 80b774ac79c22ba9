"""Closed or slowed stretches of street and canal, from when and until when, for which modes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Field, Layer, register


class Closure(models.Model):
    """A line or an area that some or all modes cannot pass (factor 0) or pass slowly (0 < factor < 1)."""

    reason = models.CharField(max_length=200)
    modes = ArrayField(models.CharField(max_length=20), default=list, blank=True, help_text="Empty: every mode.")
    factor = models.FloatField(default=0)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="GEOMETRY")

    class Meta:
        constraints = [
            # One that was taken back before it began ends where it begins.
            models.CheckConstraint(condition=models.Q(ends_at=None) | models.Q(ends_at__gte=models.F("starts_at")), name="closure_ends_after_it_begins"),
            models.CheckConstraint(condition=models.Q(factor__gte=0, factor__lte=1), name="closure_leaves_a_share"),
        ]

    def __str__(self) -> str:
        return self.reason


@register
class Closures(Layer):
    slug = "closures"
    vi, en = "Đoạn cấm, hạn chế", "Closures"
    group = "operations"
    model = Closure
    geometry_type = "Geometry"
    time = ("starts_at", "ends_at")
    label = "reason"
    label_zoom = 14
    label_color = "#f5b56a"
    search = ("reason",)
    edit = "edit_closures"
    fields = (
        Field("reason", "Lý do", "Reason", required=True, edit=True),
        Field("modes", "Phương tiện", "Modes", type="list", edit=True),
        Field("factor", "Hệ số tốc độ", "Speed factor", type="float", required=True, edit=True),
        Field("starts_at", "Từ", "From", type="datetime", required=True, edit=True),
        Field("ends_at", "Đến", "Until", type="datetime", edit=True),
    )
    style = [
        {"type": "fill", "filter": ["==", ["geometry-type"], "Polygon"], "paint": {"fill-color": "#f5962b", "fill-opacity": 0.25}},
        {"type": "line", "paint": {"line-color": "#f5962b", "line-width": 4, "line-dasharray": [1, 1]}},
    ]
    legend = [{"vi": "Cấm đường", "en": "Closed", "color": "#f5962b", "shape": "line"}]
