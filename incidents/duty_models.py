"""Rows of those on duty: what somebody was told or given to do, opinions, levels that opened a case, exercises, and what a shift leaves to the next."""

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
    # Who the roster named, also those without a login, to be telephoned: {name, phone, post}
    on_call = models.JSONField(default=list)
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


class Exercise(models.Model):
    """A rehearsal with a name, a beginning and an end: who and which units take part, and what is played to them when. One runs at a time."""

    name = models.CharField(max_length=120)
    starts_at = models.DateTimeField()
    until = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    people = ArrayField(models.BigIntegerField(), default=list)
    units = ArrayField(models.BigIntegerField(), default=list)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # What was learned, written by hand at the end.
    lessons = models.TextField(blank=True)
    # True while it runs, else null: the constraint lets one run.
    running = models.BooleanField(null=True, default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["running"], condition=Q(running=True), name="one_exercise_at_a_time"),
            models.CheckConstraint(condition=Q(running=True, ended_at=None) | Q(running=None, ended_at__isnull=False), name="an_exercise_runs_or_has_ended"),
        ]

    def __str__(self) -> str:
        return self.name


class Inject(models.Model):
    """One thing that is played to those who exercise: a report that comes in, or a word on one that has."""

    exercise = models.ForeignKey(Exercise, on_delete=models.CASCADE, related_name="injects")
    number = models.SmallIntegerField()
    after_s = models.IntegerField()
    given = models.JSONField()
    played_at = models.DateTimeField(null=True, blank=True)
    # Why it could not be played, where it could not.
    fault = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exercise", "number"], name="one_inject_a_number")]


class ExerciseCase(models.Model):
    """A case that belongs to an exercise."""

    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="cases")
    incident = models.OneToOneField("incidents.Incident", on_delete=models.PROTECT, related_name="exercised")
    inject = models.ForeignKey(Inject, null=True, blank=True, on_delete=models.PROTECT, related_name="+")


class Handover(models.Model):
    """What one shift leaves to the next: as it stood when it was written, with a word by hand, and who took it over when."""

    since = models.DateTimeField()
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    content = models.JSONField(default=dict)
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_note = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at"])]
        # Nobody hands over to themselves.
        constraints = [models.CheckConstraint(condition=Q(taken_by=None) | ~Q(taken_by=models.F("by")), name="a_shift_is_taken_over_by_another")]
