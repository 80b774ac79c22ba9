"""Rows of those on duty: what somebody was told or given to do, opinions asked of leaders, and levels that opened a case."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from geo.models import Agency, User


class Notice(models.Model):
    """Somebody was told of a case, or given a task in it. What it says is kept as it was said: who gets it may not see the case itself."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="notices")
    run = models.ForeignKey("incidents.Run", null=True, blank=True, on_delete=models.PROTECT, related_name="notices")
    step = models.CharField(max_length=40, blank=True)
    kind = models.CharField(max_length=8, choices=[("notify", "notify"), ("task", "task")])
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # Who was on call then. Nobody: whoever of the agency opens the list, and the operator telephones.
    people = ArrayField(models.BigIntegerField(), default=list)
    words_vi = models.CharField(max_length=200)
    words_en = models.CharField(max_length=200)
    about = models.JSONField(default=dict)
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["at"], condition=Q(done_at=None, withdrawn_at=None), name="notices_waiting")]


class Opinion(models.Model):
    """A decision asked of a leader: beyond the asker's authority, by a time, of one person after another until somebody answers."""

    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="opinions")
    run = models.ForeignKey("incidents.Run", null=True, blank=True, on_delete=models.PROTECT, related_name="opinions")
    step = models.CharField(max_length=40, blank=True)
    question = models.TextField()
    # [{value, vi, en}]; empty: free words
    options = models.JSONField(default=list)
    about = models.JSONField(default=dict)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    span_s = models.IntegerField()
    due_at = models.DateTimeField()
    # Who is asked, in order, and how far down the order it has come: {user, at} for each who was reached.
    order = ArrayField(models.BigIntegerField(), default=list)
    reached = models.JSONField(default=list)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=40, blank=True)
    words = models.TextField(blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    expired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(answered_at=None, withdrawn_at=None, expired_at=None), name="opinions_pending"),
            models.Index(fields=["incident"], name="opinions_of_a_case"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "step"], condition=Q(answered_at=None, withdrawn_at=None, expired_at=None, run__isnull=False), name="one_pending_opinion_a_step"
            )
        ]


class SensorTrip(models.Model):
    """A sensor crossed the level of a playbook. While it is open the same sensor opens nothing again; it ends below the level that re-arms it."""

    slug = models.SlugField(max_length=40)
    sensor = models.BigIntegerField()
    value = models.FloatField()
    at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    incident = models.ForeignKey("incidents.Incident", on_delete=models.PROTECT, related_name="trips")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "sensor"], condition=Q(cleared_at=None), name="one_open_trip_a_sensor")]
