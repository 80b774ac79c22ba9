"""The rows of the layers' own bookkeeping; the models of the library's layers stand beside their layers."""

from django.db import models

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
