"""The ground that water takes at each level, worked out beforehand, and how deep it then stands on each street.

A zone is what one level takes besides what lower ones took: at a level, every zone of it and of those below is under water.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Field, Layer, register


class FloodBuild(models.Model):
    """What the zones were worked out from: one row, of the newest run."""

    raster_digest = models.CharField(max_length=64)
    datum = models.CharField(max_length=60, blank=True)
    least_cm = models.IntegerField()
    most_cm = models.IntegerField()
    cell_m = models.FloatField()
    built_at = models.DateTimeField()
    seconds = models.FloatField()
    # What streets that change later are worked out from: from which level each cell of the grid is under water, packed.
    reached = models.BinaryField(default=b"")
    # How often streets, canals and bridges had changed by then; when what changed since was worked out, and when that was asked of the queue.
    ticks = models.JSONField(default=dict)
    refreshed_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.datum} {self.built_at:%Y-%m-%d}"


class FloodZone(models.Model):
    """Ground that is under water from this level on."""

    level_cm = models.SmallIntegerField()
    area_m2 = models.FloatField()
    datum = models.CharField(max_length=60, blank=True)
    geom = CityGeometryField(geometry_type="MULTIPOLYGON")

    class Meta:
        indexes = [models.Index(fields=["level_cm"])]

    def __str__(self) -> str:
        return f"{self.level_cm} cm"


class FloodDepth(models.Model):
    """Of one street: the deepest water on it at each level of the build. Of one canal: how high the lowest bridge over it hangs."""

    layer = models.CharField(max_length=20)
    fid = models.BigIntegerField()
    depths_cm = ArrayField(models.SmallIntegerField(), default=list)
    deck_cm = models.FloatField(null=True)
    # Of what water asks about a stretch: its shape, whether it is on a bridge, how wide it is, whether boats travel it.
    digest = models.CharField(max_length=32, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layer", "fid"], name="one_depth_per_stretch")]

    def __str__(self) -> str:
        return f"{self.layer} {self.fid}"


# Cividis: read alike with and without colour vision; what floods first is darkest.
RAMP = ((110, "#00224e"), (140, "#2a3f6d"), (160, "#575d6d"), (180, "#7d7c78"), (200, "#a59c74"), (230, "#d0be67"), (300, "#fee838"))


@register
class FloodZones(Layer):
    slug = "flood_zones"
    vi, en = "Vùng ngập theo mực nước", "Flood zones by water level"
    group = "environment"
    model = FloodZone
    geometry_type = "MultiPolygon"
    zooms = (10, 22)
    visible = False
    fields = (
        Field("level_cm", "Ngập từ mực nước", "Floods from", type="int", unit="cm"),
        Field("datum", "Mốc cao độ", "Datum", tile=False),
        Field("area_m2", "Diện tích", "Area", type="float", unit="m²", tile=False),
    )
    style = [
        {
            "type": "fill",
            "paint": {
                "fill-color": ["interpolate", ["linear"], ["get", "level_cm"], *[part for pair in RAMP for part in pair]],
                "fill-opacity": 0.6,
                "fill-antialias": False,
            },
        }
    ]
    legend = [{"vi": f"Ngập từ {level / 100:.1f} m", "en": f"Floods from {level / 100:.1f} m", "color": color, "shape": "square"} for level, color in RAMP]
