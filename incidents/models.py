"""Cases, the units that go to them, and who was sent where: rows and the promises that the database keeps."""

import secrets
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from geo.fields import CityGeometryField
from geo.models import Agency, User
from incidents.duty_models import Exercise, ExerciseCase, Handover, Inject, Notice, Opinion, SensorTrip
from incidents.units.unit_models import CheckIn, Crewing, DoubtedPosition, DutyTurn, Equipment, Member, Shift, Substitution

__all__ = [
    "CheckIn",
    "Crewing",
    "DoubtedPosition",
    "DutyTurn",
    "Equipment",
    "Exercise",
    "ExerciseCase",
    "Handover",
    "Inject",
    "Member",
    "Notice",
    "Opinion",
    "SensorTrip",
    "Shift",
    "Substitution",
]

# Read aloud over the telephone: no 0 O, 1 I L, 5 S, 8 B.
CODE_LETTERS = "234679ACDEFGHJKMNPQRTUVWXYZ"
CODE_LENGTH = 7


def public_code() -> str:
    """A case's public code: random, so that nobody counts the city's cases by it."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


class Incident(models.Model):
    """One case. `status` points to the newest entry of its sequence; nothing else stores a status."""

    code = models.CharField(max_length=12, unique=True, default=public_code)
    category = models.CharField(max_length=40)
    process = models.CharField(max_length=10, choices=[("timed", "timed"), ("immediate", "immediate")])
    severity = models.SmallIntegerField()
    status = models.CharField(max_length=20, default="new", db_index=True)
    description = models.TextField(blank=True)
    place_name = models.CharField(max_length=200, blank=True)
    place_source = models.CharField(max_length=20, blank=True)
    accuracy_m = models.FloatField(null=True, blank=True)
    channel = models.CharField(max_length=20)
    reporter_name = models.CharField(max_length=120, blank=True)
    reporter_phone = models.CharField(max_length=40, blank=True)
    restricted = models.BooleanField(default=False, help_text="Compartmented: only who is named or may see restricted cases.")
    # Why it is: a code of the profile's sensitivities. A sensitive case is restricted; the database holds to it.
    sensitivity = models.CharField(max_length=20, blank=True, default="", db_default="")
    # Set when it is reported and never after: counted nowhere, told to nobody outside.
    exercise = models.BooleanField(default=False, db_default=False)
    ward_code = models.CharField(max_length=10, blank=True)
    ward_name = models.CharField(max_length=120, blank=True)
    road_name = models.CharField(max_length=200, blank=True)
    reported_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    on_scene_at = models.DateTimeField(null=True, blank=True)
    under_control_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=4, blank=True)
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="duplicates")
    # Of one large event: a child has its own reporter and clock, and the parent's process. A parent has no parent.
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    # When a timed case was made an immediate one: its own clock starts then.
    promoted_at = models.DateTimeField(null=True, blank=True)
    # Since when the response is measured, where that is not the report: of the earliest report merged into it, or the promotion.
    clock_at = models.DateTimeField(null=True, blank=True)
    request_key = models.UUIDField(null=True, blank=True, unique=True)
    version = models.IntegerField(default=1, db_default=1)
    # Empty: somebody called and nobody knows yet from where. Such a case is in the queue, and on no map.
    geom = CityGeometryField(geometry_type="POINT", null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["reported_at"]),
            models.Index(fields=["severity", "reported_at"], condition=Q(closed_at=None), name="open_cases_first"),
            models.Index(fields=["reporter_phone", "reported_at"], condition=~Q(reporter_phone=""), name="cases_of_a_telephone"),
            models.Index(fields=["reported_at"], condition=Q(closed_at=None, geom=None), name="open_cases_without_a_place"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(severity__gte=1, severity__lte=5), name="severity_from_one_to_five"),
            models.CheckConstraint(condition=Q(sensitivity="") | Q(restricted=True), name="sensitive_is_restricted"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=models.F("pk")), name="no_case_is_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.code


class CasePerson(models.Model):
    """Somebody who was named to a restricted case and sees it; appended and ended, never changed. The person's own list follows it by a trigger."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="people")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=300)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "user"], condition=Q(until=None), name="a_person_is_named_once_a_case")]


class RestrictedArea(models.Model):
    """A coarse cell in which a restricted case is open: all that others are told of it. Kept by a trigger on the cases."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=20, default="restricted", db_default="restricted")
    geom = CityGeometryField(geometry_type="POLYGON")


class Reveal(models.Model):
    """Somebody opened a restricted case: who, when, by which door."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reveals")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    door = models.CharField(max_length=20)

    class Meta:
        indexes = [models.Index(fields=["incident", "at"])]


class Verification(models.Model):
    """One act of finding out whether a report is true: who, how, what it said, and what shows it."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="verifications")
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    way = models.CharField(max_length=20)
    holds = models.BooleanField(help_text="Whether the report is true.")
    note = models.TextField(blank=True)
    # What shows it: {layer, fid} of a camera, a unit, another case.
    evidence = models.JSONField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "at"])]


class Entry(models.Model):
    """One step of a case. Appended, never changed: the database refuses an update or a delete."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30)
    status_from = models.CharField(max_length=20, blank=True)
    status_to = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        indexes = [models.Index(fields=["incident", "id"])]


class Responder(models.Model):
    """A unit: who it belongs to, whether the centre directs it or asks for it, how it moves, where it was last."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=30)
    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="+")
    # Directed units are sent; requested ones are asked for, and their agency accepts or declines.
    authority = models.CharField(max_length=10, choices=[("directed", "directed"), ("requested", "requested")])
    mode = models.CharField(max_length=20)
    weight_t = models.FloatField(default=0.2)
    skills = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    crew = models.SmallIntegerField(default=2)
    phone = models.CharField(max_length=40, blank=True)
    # Fewer people than this on board, where a crew is told at all, is too few; 0: nobody counts.
    crew_least = models.SmallIntegerField(default=0, db_default=0)
    # What it is at while it waits: at its station, on post, at a meal. Empty: nothing was said.
    activity = models.CharField(max_length=20, blank=True, db_default="")
    duty = models.CharField(max_length=20, default="on_duty", choices=[("on_duty", "on_duty"), ("off_duty", "off_duty"), ("out_of_service", "out_of_service")])
    user = models.OneToOneField(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="responder")
    # What a tracker calls itself; its digest would not fit the Traccar protocol, so it is random and can be renewed.
    device_id = models.CharField(max_length=40, unique=True, null=True, blank=True)
    last_check_at = models.DateTimeField(null=True, blank=True)
    position_at = models.DateTimeField(null=True, blank=True)
    position_accuracy_m = models.FloatField(null=True, blank=True)
    position_source = models.CharField(max_length=20, blank=True)
    speed_kmh = models.FloatField(null=True, blank=True)
    heading_deg = models.FloatField(null=True, blank=True)
    geom = CityGeometryField(geometry_type="POINT", null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Assignment(models.Model):
    """One unit sent to one case, with its six milestones. A unit has at most one that has not ended."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="assignments")
    responder = models.ForeignKey(Responder, on_delete=models.PROTECT, related_name="assignments")
    status = models.CharField(max_length=20)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    eta_s = models.FloatField(null=True, blank=True)
    distance_m = models.FloatField(null=True, blank=True)
    requested_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    enroute_at = models.DateTimeField(null=True, blank=True)
    on_scene_at = models.DateTimeField(null=True, blank=True)
    cleared_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    # The role of the run card that it was sent for; empty: none was named.
    role = models.CharField(max_length=40, blank=True, db_default="")
    # Why, where it was not what was recommended, or unfit, off its shift, tired or held for another case.
    because = models.CharField(max_length=300, blank=True, db_default="")
    # By when its agency should have answered, and when the clock ran out.
    due_at = models.DateTimeField(null=True, blank=True)
    overdue_at = models.DateTimeField(null=True, blank=True)
    # By when the unit on its scene should say again that it is well; none: nobody asks.
    check_due_at = models.DateTimeField(null=True, blank=True)
    # What was foreseen: getting ready, the way at the worst, and the way's seconds by class of road, to be compared with what came.
    turnout_s = models.FloatField(null=True, blank=True)
    worst_s = models.FloatField(null=True, blank=True)
    class_s = models.JSONField(default=dict, blank=True, db_default={})

    class Meta:
        constraints = [models.UniqueConstraint(fields=["responder"], condition=Q(ended_at=None), name="one_open_assignment_per_unit")]
        indexes = [models.Index(fields=["incident"])]


class RunCard(models.Model):
    """Which roles a kind of case needs. A version is never changed: a better one is the next."""

    slug = models.SlugField(max_length=40)
    version = models.IntegerField()
    title_vi = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    categories = ArrayField(models.CharField(max_length=40))
    severity_from = models.SmallIntegerField(default=1)
    # In order: what runcards.Role holds.
    roles = models.JSONField(default=list)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "version"], name="one_run_card_a_slug_and_version"),
            models.UniqueConstraint(fields=["slug"], condition=Q(active=True), name="one_run_card_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"


class Reservation(models.Model):
    """A unit held for a case or an area until a moment: nobody is on the way, and nobody else takes it without saying why."""

    responder = models.ForeignKey(Responder, on_delete=models.PROTECT, related_name="reservations")
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="reservations")
    area = models.CharField(max_length=120, blank=True)
    because = models.CharField(max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_how = models.CharField(max_length=12, blank=True, choices=[(how, how) for how in ("dispatched", "released", "expired", "taken", "closed")])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["responder"], condition=Q(ended_at=None), name="one_open_reservation_per_unit"),
            models.CheckConstraint(condition=Q(incident__isnull=False) | ~Q(area=""), name="held_for_a_case_or_an_area"),
        ]


class Position(models.Model):
    """Where a unit was at one moment. The same moment twice is one fact."""

    responder = models.ForeignKey(Responder, on_delete=models.CASCADE, related_name="positions")
    at = models.DateTimeField()
    received_at = models.DateTimeField()
    accuracy_m = models.FloatField(null=True, blank=True)
    speed_kmh = models.FloatField(null=True, blank=True)
    heading_deg = models.FloatField(null=True, blank=True)
    source = models.CharField(max_length=20)
    geom = CityGeometryField(geometry_type="POINT")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["responder", "at"], name="one_position_per_moment")]


class CaseFeature(models.Model):
    """A case is about a feature of a layer: the lamp that is out, the parcel that is built on. A slug and a fid: rooms do not know each other's tables."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="features")
    layer = models.CharField(max_length=60)
    fid = models.BigIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "layer", "fid"], name="one_feature_once_a_case")]
        indexes = [models.Index(fields=["layer", "fid"])]


class Playbook(models.Model):
    """What is to be done in one kind of case, step by step. A version is never changed: a better one is the next."""

    slug = models.SlugField(max_length=40)
    version = models.IntegerField()
    title_vi = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    # What it is armed by (incidents.guidance.arming): categories, severity, wards, an area, a sensor that crosses a level
    trigger = models.JSONField(default=dict)
    # In order; what each kind of step may say is the table incidents.guidance.steps.KINDS
    steps = models.JSONField(default=list)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["slug", "version"], name="one_playbook_a_slug_and_version")]

    def __str__(self) -> str:
        return f"{self.slug} v{self.version}"


class Run(models.Model):
    """A playbook at work on a case."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="runs")
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="runs")
    armed_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    # The run of a better version that goes on with what was done here.
    moved_to = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="moved_from")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "playbook"], name="one_run_a_case_and_playbook")]

    def step(self, code: str) -> dict[str, Any] | None:
        """The step of this code, as this run's version has it."""
        return next((step for step in self.playbook.steps if step["code"] == code), None)


class RunStep(models.Model):
    """What became of one step; a step without a row is still to do. `begun` waits for somebody else: who was told, asked or given it."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="taken")
    code = models.CharField(max_length=40)
    status = models.CharField(max_length=8, choices=[("begun", "begun"), ("done", "done"), ("skipped", "skipped")])
    at = models.DateTimeField()
    # Nobody: the step was done by what happened (a unit was sent, a time has passed).
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)
    choice = models.CharField(max_length=40, blank=True)
    answers = models.JSONField(default=dict, blank=True)
    # What it was seen by: [{kind: "photo" | "feature" | "entry", …}]
    evidence = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "code"], name="one_outcome_a_step")]


class Alarm(models.Model):
    """Something that needs a person. One stands for a kind and what it is about (`subject`); it is acknowledged or cleared, never deleted."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=80)
    incident = models.ForeignKey(Incident, null=True, blank=True, on_delete=models.PROTECT, related_name="alarms")
    responder = models.ForeignKey(Responder, null=True, blank=True, on_delete=models.PROTECT, related_name="alarms")
    raised_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    # How far it has gone up: 0 is who is told first.
    level = models.SmallIntegerField(default=0)
    escalated_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cleared_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], condition=Q(cleared_at=None), name="one_alarm_a_kind_and_subject")]
        indexes = [models.Index(fields=["incident"]), models.Index(fields=["raised_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class PhoneLink(models.Model):
    """A link that asks a caller's phone where it is. Only digests are kept: of the token in the link, and of the claim of the phone that took it."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="phone_links")
    digest = models.CharField(max_length=64, unique=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    # The first phone that sends something takes the link; it is of no use to another one.
    claim = models.CharField(max_length=64, blank=True)
    taken_at = models.DateTimeField(null=True)
    # What it said last.
    said_at = models.DateTimeField(null=True)
    accuracy_m = models.FloatField(null=True)
    geom = CityGeometryField(geometry_type="POINT", null=True)
    # What became of that place: nothing yet (offered), or it is the case's.
    accepted_at = models.DateTimeField(null=True)
    positions = models.IntegerField(default=0)
    pictures = models.IntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["incident"])]


class Call(models.Model):
    """One call as the telephone bridge tells of it, in whatever order that comes: each moment is kept, and what it is now follows from them."""

    # What the bridge calls it.
    call_id = models.CharField(max_length=120, unique=True)
    number = models.CharField(max_length=40, blank=True)
    # Of the centre's numbers the one that was called, and the desk that answered.
    line = models.CharField(max_length=40, blank=True)
    desk = models.CharField(max_length=40, blank=True)
    heard_at = models.DateTimeField()
    rang_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    taken_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True)
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="calls")

    class Meta:
        indexes = [models.Index(fields=["heard_at"]), models.Index(fields=["incident"])]


class Webhook(models.Model):
    """A message that was taken, so that it is taken once; kept for as long as its time stamp would be believed, and a little."""

    key = models.CharField(max_length=120, unique=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
