"""A camera as a row: what it is, where it looks, what signal it gives, and the promises that the database keeps about it.

Stream and snapshot addresses carry passwords: no layer names them, so they do not leave the database.
"""

from django.db import models
from django.db.models import Q

from geo.fields import CityGeometryField
from geo.models import Agency

LONGEST_RANGE_M = 2_000


class Camera(models.Model):
    """One camera. Angles are in degrees, the heading clockwise from true north, the tilt down from the horizon.

    `view` is the ground that it sees, kept by the verbs of cameras.placing; the database drops one that no longer fits.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, default="fixed")
    usage = models.CharField(max_length=20, default="surveillance")
    mount_height_m = models.FloatField(default=6)
    heading_deg = models.FloatField(default=0)
    tilt_deg = models.FloatField(default=15)
    hfov_deg = models.FloatField(default=90)
    range_m = models.FloatField(default=80)
    stream_url = models.CharField(max_length=500, blank=True)
    snapshot_url = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=12, default="offline")
    last_frame_at = models.DateTimeField(null=True, blank=True)
    retention_days = models.SmallIntegerField(default=30)
    legal_basis = models.CharField(max_length=300, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="POINT")
    view = CityGeometryField(geometry_type="MULTIPOLYGON", null=True, blank=True)

    class Meta:
        # NaN is greater than every number in PostgreSQL: the upper bounds refuse it too.
        constraints = [
            models.CheckConstraint(condition=Q(heading_deg__gte=0, heading_deg__lt=360), name="heading_within_the_circle"),
            models.CheckConstraint(condition=Q(hfov_deg__gt=0, hfov_deg__lte=360), name="field_of_view_within_the_circle"),
            models.CheckConstraint(condition=Q(range_m__gt=0, range_m__lte=LONGEST_RANGE_M), name="range_that_a_camera_can_have"),
            models.CheckConstraint(condition=Q(mount_height_m__gt=0, mount_height_m__lte=200), name="mast_that_can_be_built"),
            models.CheckConstraint(condition=~Q(state="online") | ~Q(last_frame_at=None), name="no_frame_is_not_online"),
            models.CheckConstraint(condition=Q(tilt_deg__gte=-90, tilt_deg__lte=90), name="tilt_between_up_and_down"),
        ]

    def __str__(self) -> str:
        return self.name
