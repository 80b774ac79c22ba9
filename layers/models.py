"""The rows of the layers' own bookkeeping; the models of the library's layers stand beside their layers."""

from django.db import models

from geo.fields import CityGeometryField
from geo.models import Agency, User
from layers.autodiscovery import import_library

import_library()


class History(models.Model):
    """A row as it was from `since` until `at`, when `by` changed or deleted it because of `because`; of a row that was made, that it was made.

    Written by triggers alone (sql/history.sql).
    """

    layer = models.CharField(max_length=60)
    fid = models.BigIntegerField()
    op = models.CharField(max_length=6)
    # The version that the row had before the change.
    version = models.IntegerField()
    # None: from before history was kept. Empty and equal ends (two changes in one transaction) are true at no moment.
    since = models.DateTimeField(null=True)
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    because = models.TextField()
    document = models.TextField(default="", db_default="")
    change_set = models.BigIntegerField(null=True)
    imported = models.BooleanField(default=False, db_default=False)
    # Empty for a row that was made; None where retention let go of it.
    row_before = models.JSONField(null=True)
    geom = CityGeometryField(geometry_type="GEOMETRY", null=True, spatial_index=False)

    class Meta:
        # And history_shapes: layer, shape and the time that it was true in one GiST (migration 0009).
        indexes = [models.Index(fields=["layer", "fid", "at"]), models.Index(fields=["layer", "at"])]


class Kept(models.Model):
    """From when on every change of a layer is kept, so that any later moment can be shown as it was."""

    layer = models.CharField(max_length=60, primary_key=True)
    since = models.DateTimeField()


class MadeLayer(models.Model):
    """A layer that an officer made while the city was running: what its class would say, over a table of the schema `made`."""

    slug = models.CharField(max_length=60, unique=True)
    title_vi = models.CharField(max_length=120)
    title_en = models.CharField(max_length=120)
    geometry_type = models.CharField(max_length=20)
    # [{name, vi, en, type, unit, required, choices, see, edit}] in the order of the columns
    fields = models.JSONField(default=list)
    label = models.CharField(max_length=60, blank=True)
    see = models.CharField(max_length=40, blank=True, help_text="The permission that shows it; empty: everybody.")
    edit = models.CharField(max_length=40, default="edit_assets", help_text="The permission that changes its rows.")
    review = models.BooleanField(default=False, help_text="Whether changes need a second person.")
    # as layers.making.styling tells it; empty: one colour, by the slug
    style = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    # A removed layer keeps its row and its slug, so that its history goes on meaning what it meant.
    removed_at = models.DateTimeField(null=True, blank=True)
    # One more at each change, so that other processes notice.
    revision = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.slug


class ChangeSet(models.Model):
    """Edits that belong together: written by one person where nobody else sees them, submitted, and published at once by another."""

    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, default="edits")
    status = models.CharField(max_length=10, default="draft")
    # One more at each change of the set, so that nobody decides on another state than the one that was looked at.
    version = models.IntegerField(default=1)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="change_sets")
    because = models.CharField(max_length=300, blank=True)
    document = models.CharField(max_length=100, blank=True)
    # A written reason for each warning, by the key of its issue.
    accepted = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=300, blank=True)
    undoes = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="undone_by")

    class Meta:
        indexes = [models.Index(fields=["status", "submitted_at"]), models.Index(fields=["author", "status"])]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"


class ChangeItem(models.Model):
    """One edit of a change set, and, once it is published, the feature before and after it."""

    change_set = models.ForeignKey(ChangeSet, on_delete=models.CASCADE, related_name="items")
    layer = models.CharField(max_length=60)
    op = models.CharField(max_length=8)
    fid = models.BigIntegerField(null=True)
    # As layers.changing.edits reads it.
    edit = models.JSONField()
    record = models.JSONField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["change_set", "layer", "fid"], name="one_edit_a_feature_in_a_change_set")]
        indexes = [models.Index(fields=["layer", "fid"])]


class Presence(models.Model):
    """Somebody has a feature open: a hint that lives for minutes, never a lock."""

    layer = models.CharField(max_length=60)
    fid = models.BigIntegerField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layer", "fid", "user"], name="one_presence_a_person_and_feature")]


class Operation(models.Model):
    """What was done to a feature: inspected, repaired, replaced. Appended, never changed."""

    layer = models.CharField(max_length=60)
    fid = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    done_at = models.DateTimeField()
    note = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    agency = models.ForeignKey(Agency, null=True, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["layer", "fid", "done_at"])]


class Photo(models.Model):
    """A picture of a feature, drawn anew from what was sent: what the file said besides the picture is not kept."""

    layer = models.CharField(max_length=60)
    fid = models.BigIntegerField()
    # Of the file as it was sent: the same one twice is one picture.
    digest = models.CharField(max_length=64)
    caption = models.CharField(max_length=200, blank=True)
    # As the file claims; a claim, not a fact.
    claimed_at = models.DateTimeField(null=True)
    width_px = models.IntegerField()
    height_px = models.IntegerField()
    jpeg = models.BinaryField()
    # Nobody we know: a caller's phone sent it.
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["layer", "fid", "digest"], name="one_picture_once_a_feature")]


class WaitingEdit(models.Model):
    """A change from a device that could not be stored as it came: kept whole, with the reason, until a person settles it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    status = models.CharField(max_length=14)
    op = models.JSONField()
    problem = models.JSONField()
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="one_waiting_edit_a_person_and_key")]


class ImportJob(models.Model):
    """A file that somebody brings in: where it stands, what was asked and answered, and what it would change or has changed."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # As its owner calls it: told, never opened by. It lies under a random name.
    file_name = models.CharField(max_length=300)
    stored = models.CharField(max_length=80)
    size_bytes = models.BigIntegerField()
    status = models.CharField(max_length=10, default="queued")
    step = models.CharField(max_length=20, default="queued")
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    # What was answered: slug, crs, encoding, source_layer, swap_xy, title, see, named, constants, key, complete.
    wish = models.JSONField(default=dict)
    asks = models.JSONField(default=list)
    report = models.JSONField(null=True)
    problem = models.JSONField(null=True)
    # How the merge is to be: because, document, accepted.
    orders = models.JSONField(default=dict)
    layer = models.CharField(max_length=60, blank=True)
    # What layers.files.staging needs to find its table again.
    target = models.JSONField(null=True)
    change_set = models.OneToOneField(ChangeSet, null=True, on_delete=models.SET_NULL, related_name="file")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["owner", "status"])]

    def __str__(self) -> str:
        return f"#{self.pk} {self.file_name}"


class SpeedFit(models.Model):
    """How fast each class of road is really driven, fitted from trips: proposed, in force once somebody approves it, and kept when it no longer is."""

    made_at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    trips = models.IntegerField()
    # [{mode, road_class, from_hour, until_hour, factor, n}]: hours of the city's own clock, `until_hour` exclusive.
    factors = models.JSONField()
    report = models.JSONField(default=dict)
    in_force = models.BooleanField(default=False)
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["in_force"], condition=models.Q(in_force=True), name="one_speed_fit_in_force")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.made_at:%Y-%m-%d}"
