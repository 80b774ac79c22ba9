"""Water levels that somebody set by hand, with who and why: they count until they end, before what any gauge says."""

from django.db import models

from geo.models import User


class WaterLevel(models.Model):
    """A level over the ground's datum, from when until when. Ended by an act or at its moment; never changed otherwise."""

    station = models.CharField(max_length=60, blank=True)
    level_cm = models.FloatField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=300)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-starts_at"])]

    def __str__(self) -> str:
        return f"{self.level_cm} cm"
