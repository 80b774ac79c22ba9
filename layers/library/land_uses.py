"""The purposes that land is used for, as a list that is loaded, and the smallest parcels that a split may leave, each with its decision."""

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from layers.choices import Listed
from layers.layer import Choice, Rule
from layers.library.wards import KINDS

# What a new city starts with; `manage.py land_uses FILE.csv` loads another list.
STARTING = (
    ("ODT", "Đất ở đô thị", "Urban residential"),
    ("ONT", "Đất ở nông thôn", "Rural residential"),
    ("LUC", "Đất chuyên lúa", "Rice"),
    ("CLN", "Đất trồng cây lâu năm", "Orchard"),
    ("HNK", "Đất trồng cây hằng năm", "Annual crops"),
    ("NTS", "Đất nuôi trồng thủy sản", "Aquaculture"),
    ("TMD", "Đất thương mại, dịch vụ", "Commerce and services"),
    ("SKC", "Đất sản xuất phi nông nghiệp", "Production"),
    ("TSC", "Đất trụ sở cơ quan", "Public offices"),
    ("DGD", "Đất giáo dục", "Education"),
    ("DGT", "Đất giao thông", "Transport"),
    ("DTL", "Đất thủy lợi", "Irrigation"),
)
STARTING_SOURCE = "danh mục ban đầu của phần mềm"
SEVERITIES = (("warning", "Cảnh báo"), ("error", "Chặn"))


class LandUse(models.Model):
    """One code of the list, while it is valid. Codes are re-used when the list is re-issued: a code is its letters and its time."""

    code = models.CharField("mã", max_length=6)
    vi = models.CharField("tên", max_length=120)
    en = models.CharField("tên tiếng Anh", max_length=120, blank=True)
    valid_from = models.DateField("hiệu lực từ", null=True, blank=True)
    valid_until = models.DateField("đến trước ngày", null=True, blank=True)
    source = models.CharField("văn bản", max_length=200, blank=True)
    order = models.IntegerField("thứ tự", default=0)

    class Meta:
        verbose_name, verbose_name_plural = "loại đất", "loại đất"
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="one_land_use_per_code_and_start", nulls_distinct=False)]

    def __str__(self) -> str:
        return f"{self.code} {self.vi}"


class MinimumArea(models.Model):
    """How small a parcel may become when land is split, for a purpose and a kind of ward, and the decision that says so."""

    land_use = models.CharField("mã loại đất", max_length=6, blank=True, help_text="Để trống: mọi loại đất.")
    ward_kind = models.CharField(
        "loại đơn vị", max_length=12, blank=True, choices=[(kind.value, kind.vi) for kind in KINDS], help_text="Để trống: mọi xã, phường."
    )
    min_area_m2 = models.FloatField("diện tích tối thiểu (m²)")
    decision = models.CharField("số quyết định", max_length=120)
    severity = models.CharField("mức độ", max_length=8, choices=SEVERITIES, default="warning")
    valid_from = models.DateField("hiệu lực từ")
    valid_until = models.DateField("đến trước ngày", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "diện tích tách thửa tối thiểu", "diện tích tách thửa tối thiểu"
        constraints = [
            models.UniqueConstraint(fields=["land_use", "ward_kind", "valid_from"], name="one_minimum_per_use_kind_and_start"),
            models.CheckConstraint(condition=models.Q(min_area_m2__gt=0), name="a_minimum_is_an_area"),
        ]

    def __str__(self) -> str:
        return f"{self.land_use or 'mọi loại đất'}: {self.min_area_m2:g} m² ({self.decision})"


def valid_on(day: date) -> models.Q:
    """The rows of either list that are valid on a day."""
    return (models.Q(valid_from=None) | models.Q(valid_from__lte=day)) & (models.Q(valid_until=None) | models.Q(valid_until__gt=day))


@dataclass(frozen=True, kw_only=True)
class SplitMinimum(Rule):
    """A part of a split parcel is no smaller than the decision that holds on the day of the split; the decision's row says whether it blocks."""

    code: ClassVar[str] = "split_minimum"
    severity: Any = "warning"

    def words(self) -> tuple[str, str]:
        return "Thửa tách ra không nhỏ hơn diện tích tối thiểu theo quyết định", "A part of a split parcel is no smaller than the decision says"


def _choices(day: date) -> tuple[Choice, ...]:
    present = list(LandUse.objects.filter(valid_on(day)).order_by("order", "code", "-valid_from"))
    known = {use.code for use in present}
    past = [use for use in LandUse.objects.order_by("order", "code", "-valid_from") if use.code not in known]
    named = {use.code: Choice(use.code, use.vi, use.en or use.vi, past=use.code not in known) for use in reversed([*present, *past])}
    return tuple(reversed(named.values()))


# Codes of today first, those of the past so that old rows keep their names.
LAND_USES = Listed(lambda: _choices(timezone.localdate()))


def install(**_: Any) -> None:
    """The list that a city starts with, where it has none yet; run after each migration."""
    if not LandUse.objects.exists():
        LandUse.objects.bulk_create(LandUse(code=code, vi=vi, en=en, source=STARTING_SOURCE, order=place) for place, (code, vi, en) in enumerate(STARTING))
    LAND_USES.forget()
