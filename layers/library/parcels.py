"""Land parcels as the land register draws them: mirrored here, never the register itself."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.db import models
from django.db.models.functions import Cast, Concat

from geo.fields import CityGeometryField
from layers.layer import Choice, Field, Layer, register
from layers.library.assets import SEE_ASSETS
from layers.library.land_uses import LAND_USES, SplitMinimum
from layers.rules.declared import AllowedValues, AreaTolerance, Inside, MinimumSize, NoGaps, NoOverlap, UniqueKey

# Colours by code, on the dark ground of a control room; a code of a loaded list that is not here has the colour of the others.
COLOURS = {
    "ODT": "#3a3f52",
    "ONT": "#3d4550",
    "LUC": "#28402f",
    "CLN": "#24492f",
    "HNK": "#2f4a2d",
    "NTS": "#21455a",
    "TMD": "#51384a",
    "SKC": "#4a3f38",
}
OTHER_COLOUR = "#2c3440"
MIRROR = {
    "vi": "Bản sao để điều hành, đối chiếu: không phải sổ địa chính, không xác lập hay thay đổi quyền sử dụng đất.",
    "en": "A mirror for operations: not the land register; it neither creates nor changes any right to land.",
}
STATUSES = (
    Choice("in_use", "Đang dùng", "In use"),
    Choice("historic", "Lịch sử", "Historic"),
    Choice("disputed", "Tranh chấp", "Disputed"),
    Choice("planned", "Quy hoạch", "Planned"),
    Choice("recovered", "Thu hồi", "Recovered"),
)
# What is planned, or was, may lie on what is.
CURRENT = "t.status in ('in_use', 'disputed', 'recovered')"
# A boundary of the register and one of the administration are drawn by different hands.
BOUNDARY_SLACK_M = 1.0
# Less is no parcel but a slip of the pen.
SMALLEST_M2 = 1.0
# Old certificates were measured by tape: a difference that is worth a word.
AREA_PERCENT = 2.0


class Parcel(models.Model):
    """A parcel is the dated commune code, the map sheet and the parcel number: the last two repeat inside a merged ward."""

    ward_code = models.CharField(max_length=10)
    ward_valid_from = models.DateField()
    sheet_no = models.IntegerField()
    parcel_no = models.IntegerField()
    land_use = models.CharField(max_length=6)
    legal_area_m2 = models.FloatField(null=True, blank=True)
    status = models.CharField(max_length=12, default="in_use")
    certificate_no = models.CharField(max_length=40, blank=True)
    land_user_name = models.CharField(max_length=200, blank=True)
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="POLYGON")
    measured_area_m2 = models.GeneratedField(
        expression=models.Func("geom", function="public.st_area", output_field=models.FloatField()),
        output_field=models.FloatField(),
        db_persist=True,
    )

    # As it is said and written: map sheet / parcel.
    number = models.GeneratedField(
        expression=Concat(Cast("sheet_no", models.TextField()), models.Value("/", output_field=models.TextField()), Cast("parcel_no", models.TextField())),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ward_code", "ward_valid_from", "sheet_no", "parcel_no"], name="one_parcel_per_sheet_and_number")]

    def __str__(self) -> str:
        return f"{self.sheet_no}/{self.parcel_no}"


class _Legend(Sequence[dict[str, Any]]):
    """The legend of today's land uses, in the order of the list."""

    def _rows(self) -> list[dict[str, Any]]:
        return [{"vi": use.vi, "en": use.en, "color": COLOURS.get(use.value, OTHER_COLOUR), "shape": "square"} for use in LAND_USES if not use.past]

    def __getitem__(self, index: Any) -> Any:
        return self._rows()[index]

    def __len__(self) -> int:
        return len(self._rows())


@register
class Parcels(Layer):
    slug = "parcels"
    vi, en = "Thửa đất", "Parcels"
    group = "land"
    model = Parcel
    geometry_type = "Polygon"
    zooms = (13, 22)
    visible = False
    label = "parcel_no"
    search = ("number", "certificate_no")
    grants = SEE_ASSETS
    edit = "edit_land"
    review = True
    ward_column = "ward_code"
    note = MIRROR
    lineage = True
    heritage = ("land_user_name",)
    rules = (
        NoOverlap(rows=CURRENT),
        NoGaps(rows=CURRENT),
        Inside(
            rows=CURRENT, layer="wards", outer_rows="t.kind in ('phuong', 'xa')", slack_m=BOUNDARY_SLACK_M, vi="địa giới", en="the wards", severity="warning"
        ),
        MinimumSize(rows=CURRENT, area_m2=SMALLEST_M2),
        AreaTolerance(rows=CURRENT, field="legal_area_m2", percent=AREA_PERCENT),
        UniqueKey(fields=("ward_code", "ward_valid_from", "sheet_no", "parcel_no"), vi="số tờ, số thửa", en="map sheet and parcel number"),
        AllowedValues(field="land_use", vi="Loại đất", en="Land use", severity="warning"),
        AllowedValues(field="status", vi="Tình trạng", en="Status"),
        SplitMinimum(rows=CURRENT),
    )
    fields = (
        Field("ward_code", "Mã xã, phường", "Ward code", required=True),
        Field("ward_valid_from", "Mã có hiệu lực từ", "Ward code valid from", type="date", required=True, tile=False),
        Field("sheet_no", "Số tờ bản đồ", "Map sheet", type="int", required=True, edit=True),
        Field("parcel_no", "Số thửa", "Parcel number", type="int", required=True, edit=True),
        Field("number", "Tờ/thửa", "Sheet/parcel", tile=False),
        Field("land_use", "Loại đất", "Land use", choices=LAND_USES, required=True, edit=True),
        Field("legal_area_m2", "Diện tích pháp lý", "Legal area", type="float", unit="m²", edit=True, tile=False),
        Field("measured_area_m2", "Diện tích đo", "Measured area", type="float", unit="m²", tile=False),
        Field("status", "Tình trạng", "Status", choices=STATUSES, edit=True, required=True),
        Field("certificate_no", "Số giấy chứng nhận", "Certificate", edit=True, tile=False),
        Field("land_user_name", "Người sử dụng đất", "Land user", see="see_land_users", edit=True, tile=False),
    )
    style = [
        {"type": "fill", "paint": {"fill-color": ["match", ["get", "land_use"], *chain.from_iterable(COLOURS.items()), OTHER_COLOUR], "fill-opacity": 0.75}},
        {"type": "line", "minzoom": 15, "paint": {"line-color": "#5a6b7c", "line-width": 0.6}},
    ]
    legend = _Legend()
