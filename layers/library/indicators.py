"""Indicators by ward and period, drawn as a choropleth of the ward's shape (NGSI KeyPerformanceIndicator names)."""

from django.db import models

from layers.layer import Field, Layer, register
from layers.library.wards import AdminUnit


class Indicator(models.Model):
    """One figure of one ward in one period."""

    code = models.CharField(max_length=40)
    title_vi = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    ward = models.ForeignKey(AdminUnit, on_delete=models.CASCADE, related_name="indicators")
    period_from = models.DateField()
    period_until = models.DateField()
    value = models.FloatField()
    target = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=40)
    n = models.IntegerField(null=True, blank=True)
    source = models.CharField(max_length=200, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "ward", "period_from"], name="one_figure_per_ward_and_period")]

    def __str__(self) -> str:
        return self.title_vi


@register
class Indicators(Layer):
    slug = "indicators"
    vi, en = "Chỉ tiêu theo phường, xã", "Indicators by ward"
    group = "indicators"
    model = Indicator
    relation = "layers_indicator_map"
    tables = ("layers_indicator", "layers_adminunit")
    geometry_type = "MultiPolygon"
    time = ("period_from", "period_until")
    visible = False
    label = "ward_name"
    fields = (
        Field("code", "Mã", "Code"),
        Field("title_vi", "Chỉ tiêu", "Indicator"),
        Field("title_en", "Chỉ tiêu (tiếng Anh)", "Indicator in English"),
        Field("ward_name", "Phường, xã", "Ward"),
        Field("value", "Giá trị", "Value", type="float"),
        Field("target", "Kế hoạch", "Target", type="float"),
        Field("unit", "Đơn vị", "Unit"),
        Field("n", "Số lượng", "n", type="int"),
        Field("period_from", "Từ", "From", type="date"),
        Field("period_until", "Đến trước", "Until", type="date"),
        Field("updated_at", "Cập nhật", "Updated", type="datetime"),
        Field("source", "Nguồn", "Source", tile=False),
    )
    style = [
        {
            "type": "fill",
            "paint": {
                "fill-color": [
                    "interpolate",
                    ["linear"],
                    ["coalesce", ["/", ["get", "value"], ["get", "target"]], 0.5],
                    0,
                    "#00224e",
                    0.35,
                    "#3b496c",
                    0.6,
                    "#707173",
                    0.85,
                    "#a59c74",
                    1.1,
                    "#fee838",
                ],
                "fill-opacity": 0.55,
            },
        }
    ]
    legend = [
        {"vi": "Thấp so với kế hoạch", "en": "Far below target", "color": "#00224e", "shape": "square"},
        {"vi": "Đạt kế hoạch", "en": "Target reached", "color": "#fee838", "shape": "square"},
    ]
