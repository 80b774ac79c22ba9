"""The marks that edits leave on tiles."""

from django.db import models


class Stamp(models.Model):
    """That an edit touched a tile of a layer. A tile's stamp is all its marks combined by exclusive or, so their order does not matter.

    Rows are appended and never locked: two edits of one tile never wait for each other. `z` is -1 for a mark of the whole layer.
    """

    layer = models.CharField(max_length=80)
    z = models.SmallIntegerField()
    x = models.IntegerField()
    y = models.IntegerField()
    mark = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["layer", "z", "x", "y"], include=["mark"], name="stamps_of_a_tile")]
