"""The rows of the layers' own bookkeeping; the models of the library's layers stand beside their layers."""

from django.db import models

from geo.models import User
from layers.autodiscovery import import_library

import_library()


class History(models.Model):
    """A row as it was until `at`, when `by` changed or deleted it because of `because`."""

    layer = models.CharField(max_length=60)
    fid = models.BigIntegerField()
    op = models.CharField(max_length=6)
    version = models.IntegerField()
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    because = models.TextField()
    row_before = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["layer", "fid", "at"])]


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
    # as layers.styling tells it; empty: one colour, by the slug
    style = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    # A removed layer keeps its row and its slug, so that its history goes on meaning what it meant.
    removed_at = models.DateTimeField(null=True, blank=True)
    # One more at each change, so that other processes notice.
    revision = models.IntegerField(default=1)

    def __str__(self) -> str:
        return self.slug
