"""What happened to parcels: the record (biến động) with its paper, which parcel came from which, and the parcels that are no longer.

The table of parcels is the present alone; history keeps the rows of the past, and these tables how they hang together.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from geo.models import User
from layers.layer import Choice

KINDS = (
    Choice("tach_thua", "Tách thửa", "Split"),
    Choice("hop_thua", "Hợp thửa", "Merge"),
    Choice("tach_hop_thua", "Tách thửa đồng thời hợp thửa", "Split and merge at once"),
    Choice("chinh_ly_ranh", "Chỉnh lý ranh", "Boundary adjusted"),
    Choice("chuyen_muc_dich", "Chuyển mục đích", "Change of use"),
    Choice("chuyen_quyen", "Chuyển quyền", "Transfer"),
    Choice("thu_hoi", "Thu hồi", "Recovered by the state"),
    Choice("do_dac_moi", "Đo đạc mới", "New survey"),
    Choice("hoan_tac", "Hoàn tác", "Undone"),
    Choice("khac", "Biến động khác", "Other"),
)


class LandRecord(models.Model):
    """One change of land under one paper: who published it, when, and which parcels it concerns. Appended, never changed."""

    kind = models.CharField(max_length=20, choices=[(kind.value, kind.vi) for kind in KINDS])
    document = models.CharField(max_length=100, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    change_set = models.BigIntegerField(null=True, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    because = models.TextField(blank=True)
    fids = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes = [GinIndex(fields=["fids"], name="land_record_parcels")]

    def __str__(self) -> str:
        return f"{self.kind} {self.document}"


class Lineage(models.Model):
    """A parcel that came from another one, and the version that the other had then."""

    record = models.ForeignKey(LandRecord, on_delete=models.PROTECT, related_name="links")
    parent_fid = models.BigIntegerField()
    parent_version = models.IntegerField()
    child_fid = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["parent_fid", "child_fid"], name="one_link_per_parent_and_child")]
        indexes = [models.Index(fields=["child_fid"])]


class Retired(models.Model):
    """A parcel that is no longer, as it last was: its number is not given again."""

    fid = models.BigIntegerField(primary_key=True)
    record = models.ForeignKey(LandRecord, on_delete=models.PROTECT, related_name="retired")
    version = models.IntegerField()
    ward_code = models.CharField(max_length=10)
    ward_valid_from = models.DateField()
    sheet_no = models.IntegerField()
    parcel_no = models.IntegerField()
    land_use = models.CharField(max_length=6)
    legal_area_m2 = models.FloatField(null=True)
    measured_area_m2 = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["ward_code", "ward_valid_from", "sheet_no", "parcel_no"], name="retired_numbers")]
