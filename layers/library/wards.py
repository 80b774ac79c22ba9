"""Units of administration, old and new: a unit is its code and the time it was valid, never the code alone."""

import math

from django.db import models

from geo.fields import CityGeometryField
from layers.layer import Choice, Field, Layer, register
from layers.rules.declared import MinimumSize, NoGaps, NoOverlap, UniqueKey

KINDS = (
    Choice("phuong", "Phường", "Ward"),
    Choice("xa", "Xã", "Commune"),
    Choice("khu_vuc", "Khu vực", "Quarter"),
    Choice("ap", "Ấp", "Hamlet"),
)

# Two drawings of one boundary of the administration differ by less.
BOUNDARY_M = 1.0
BOUNDARY_CRUMB_M2 = 25.0
SMALLEST_M2 = 1_000.0
WARD_ROWS = "t.kind in ('phuong', 'xa')"


class AdminUnit(models.Model):
    """A ward or commune during its validity; codes were re-used with a bigger shape on 1 July 2025."""

    code = models.CharField(max_length=10)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.vi) for kind in KINDS])
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    legal_doc = models.CharField(max_length=200, blank=True)
    population = models.IntegerField(null=True, blank=True)
    successors = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="predecessors")
    version = models.IntegerField(default=1, db_default=1)
    geom = CityGeometryField(geometry_type="MULTIPOLYGON")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="one_unit_per_code_and_start")]

    def __str__(self) -> str:
        return self.name


@register
class Wards(Layer):
    slug = "wards"
    vi, en = "Phường, xã", "Wards"
    group = "administration"
    model = AdminUnit
    geometry_type = "MultiPolygon"
    time = ("valid_from", "valid_until")
    label = "name"
    label_color = "#d8c77a"
    search = ("name", "code")
    edit = "edit_wards"
    review = True
    rules = (
        # Wards with wards, quarters and hamlets with their like, of one time: the old units lie under the new ones.
        NoOverlap(level="case when t.kind in ('phuong', 'xa') then 'ward' else 'quarter' end", tolerance_m=BOUNDARY_M, least_m2=BOUNDARY_CRUMB_M2),
        NoGaps(rows=WARD_ROWS, sliver_m=20.0, tolerance_m=BOUNDARY_M, least_m2=BOUNDARY_CRUMB_M2, largest_m2=math.inf, reach_m=100.0),
        UniqueKey(fields=("code",), vi="mã đơn vị cùng thời kỳ", en="code at one time"),
        MinimumSize(area_m2=SMALLEST_M2),
    )
    fields = (
        Field("code", "Mã", "Code", required=True),
        Field("name", "Tên", "Name", edit=True, required=True),
        Field("kind", "Loại", "Kind", choices=KINDS, edit=True, required=True),
        Field("valid_from", "Hiệu lực từ", "Valid from", type="date", required=True),
        Field("valid_until", "Đến trước ngày", "Valid until", type="date"),
        Field("population", "Dân số", "Population", type="int", unit="người", edit=True),
        Field("legal_doc", "Văn bản", "Legal document", edit=True, tile=False),
    )
    style = [
        {
            "type": "line",
            "filter": ["!", ["has", "valid_until"]],
            "paint": {"line-color": "#c9b458", "line-width": 2.2, "line-dasharray": [4, 2], "line-opacity": 0.85},
        },
        {
            "type": "line",
            "minzoom": 12,
            "filter": ["has", "valid_until"],
            "paint": {"line-color": "#8f8a6b", "line-width": 1, "line-dasharray": [1, 3], "line-opacity": 0.6},
        },
    ]
    legend = [{"vi": "Ranh giới hiện nay", "en": "Present boundary", "color": "#c9b458", "shape": "line"}]
