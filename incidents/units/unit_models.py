"""Who is on a unit and with what: people, who rides on which unit, shifts, equipment, and the duty roster with its substitutes."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from geo.models import Agency, User

EQUIPMENT_STATES = ("ready", "faulty", "missing")


class Member(models.Model):
    """Somebody who serves on units or is on call; most have no login."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    # Codes of skills, the same words as Responder.skills and a category's.
    qualifications = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="member")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "name", "phone"], name="one_member_an_agency_name_and_phone")]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """A unit at work from going on until going off; planned until `ends_at`."""

    responder = models.ForeignKey("incidents.Responder", on_delete=models.PROTECT, related_name="shifts")
    on_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    off_at = models.DateTimeField(null=True, blank=True)
    # Since when the crew works without a rest as long as the city asks for: earlier than on_at where the last shift ended too shortly before.
    rested_since = models.DateTimeField()
    on_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    off_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["responder"], condition=Q(off_at=None), name="one_open_shift_a_unit"),
            models.CheckConstraint(condition=Q(off_at=None) | Q(off_at__gte=F("on_at")), name="shift_ends_after_it_began"),
        ]
        indexes = [models.Index(fields=["responder", "-on_at"])]


class Crewing(models.Model):
    """One person on one unit, from when until when. Nobody is on two at once."""

    responder = models.ForeignKey("incidents.Responder", on_delete=models.PROTECT, related_name="crewings")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="crewings")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member"], condition=Q(until=None), name="one_unit_a_member_at_once")]
        indexes = [models.Index(fields=["responder"], condition=Q(until=None), name="crew_of_a_unit_now")]


class Equipment(models.Model):
    """What a unit carries, what it is good for, and whether it works."""

    responder = models.ForeignKey("incidents.Responder", on_delete=models.CASCADE, related_name="equipment")
    name = models.CharField(max_length=120)
    # The city's code for it, by which run cards ask for it; empty: a thing that no run card names.
    kind = models.CharField(max_length=30, blank=True)
    skills = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    # Without it the unit can be sent only knowing that.
    essential = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="ready", choices=[(state, state) for state in EQUIPMENT_STATES])
    note = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["responder", "name"], name="one_equipment_a_unit_and_name")]


class DutyTurn(models.Model):
    """One line of the duty roster: who is on call for an agency, at which post, from when until when."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    post = models.CharField(max_length=80)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="turns")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    source = models.CharField(max_length=20, default="page")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "post", "starts_at", "member"], name="one_turn_a_post_start_and_member"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="turn_ends_after_it_starts"),
        ]
        indexes = [models.Index(fields=["agency", "starts_at"]), models.Index(fields=["ends_at"])]


class Substitution(models.Model):
    """Who took a turn instead of whom, since when that is known, by whose word and why. Appended, never changed."""

    turn = models.ForeignKey(DutyTurn, on_delete=models.CASCADE, related_name="substitutions")
    was = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    now = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=300)


class DoubtedPosition(models.Model):
    """A fix that cannot be true of the unit: kept with the reason, drawn nowhere and used for nothing."""

    responder = models.ForeignKey("incidents.Responder", on_delete=models.CASCADE, related_name="doubted_positions")
    reason = models.CharField(max_length=12)
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    # As it was said: it may lie outside the city, where no shape of ours is accepted.
    lon = models.FloatField()
    lat = models.FloatField()
    accuracy_m = models.FloatField(null=True, blank=True)
    speed_kmh = models.FloatField(null=True, blank=True)
    heading_deg = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["responder", "at", "lon", "lat"], name="one_doubt_a_fix")]
        indexes = [models.Index(fields=["responder", "-received_at"])]


class CheckIn(models.Model):
    """A unit says that it is well, or that it needs help; itself or the operator who heard it. Appended, never changed."""

    responder = models.ForeignKey("incidents.Responder", on_delete=models.PROTECT, related_name="checks")
    incident = models.ForeignKey("incidents.Incident", null=True, blank=True, on_delete=models.PROTECT, related_name="checks")
    at = models.DateTimeField()
    well = models.BooleanField(default=True)
    note = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["responder", "-at"])]
