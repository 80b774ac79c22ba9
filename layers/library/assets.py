"""What all pieces of infrastructure share: number, condition, life cycle, owner, who looks after them (HEL city-infrastructure names). Not a layer itself."""

from django.db import models
from django.db.models import F

from geo.models import Agency
from layers.choices import Listed
from layers.layer import Choice, Field, Grant, Own
from layers.rules.declared import AllowedValues, UniqueKey

CONDITIONS = (
    Choice(1, "Rất kém", "Very bad"),
    Choice(2, "Kém", "Bad"),
    Choice(3, "Trung bình", "Fair"),
    Choice(4, "Tốt", "Good"),
    Choice(5, "Rất tốt", "Very good"),
)
LIFECYCLES = (
    Choice("active", "Đang dùng", "Active"),
    Choice("temporarily_inactive", "Tạm ngừng", "Temporarily inactive"),
    Choice("inactive", "Ngừng dùng", "Inactive"),
)


def _agencies() -> tuple[Choice, ...]:
    """Every agency by its name, those of today first; an asset may still belong to one that has been dissolved."""
    found = Agency.objects.order_by(F("valid_until").asc(nulls_first=True), "name").values_list("pk", "name", "name_en", "valid_until")
    return tuple(Choice(number, name, name_en or name, past=until is not None) for number, name, name_en, until in found)


AGENCIES = Listed(_agencies)
SEE_ASSETS = (Grant("see_assets"),)
# An agency looks after what is its own, and what it adds is its own.
OWN_ASSETS = Own("edit_own_assets", "t.agency_id = %(agency)s", fills={"agency_id": "agency"})

KEEPERS = (
    Field("owner", "Chủ sở hữu", "Owner", type="int", column="owner_id", choices=AGENCIES, edit=True, tile=False),
    Field("responsible", "Đơn vị quản lý", "Responsible agency", type="int", column="agency_id", choices=AGENCIES, edit=True, tile=False),
)
ASSET_FIELDS = (
    Field("asset_code", "Số hiệu", "Asset code", required=True, edit=True),
    Field("condition", "Tình trạng", "Condition", type="int", choices=CONDITIONS, edit=True, required=True),
    Field("lifecycle", "Vòng đời", "Life cycle", choices=LIFECYCLES, edit=True, required=True),
    *KEEPERS,
)

ASSET_RULES = (
    UniqueKey(fields=("asset_code",), vi="số hiệu", en="asset code"),
    AllowedValues(field="condition", vi="Tình trạng", en="Condition"),
    AllowedValues(field="lifecycle", vi="Vòng đời", en="Life cycle"),
)


class Asset(models.Model):
    """A numbered thing that somebody maintains."""

    asset_code = models.CharField(max_length=40, unique=True)
    condition = models.SmallIntegerField(default=3, choices=[(choice.value, choice.vi) for choice in CONDITIONS])
    lifecycle = models.CharField(max_length=30, default="active", choices=[(choice.value, choice.vi) for choice in LIFECYCLES])
    # Who looks after it; who owns it may be another.
    agency = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Agency, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField(default=1, db_default=1)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.asset_code
