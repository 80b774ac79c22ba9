"""The kinds of rules that a layer may declare, with what each demands in words.

Edges that are the same on the ground are not the same in the data: every distance below is a tolerance, and stands in its name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from layers.layer import Rule

# Two drawings of one corner of a parcel differ by less: the survey's own accuracy in built-up land.
SAME_EDGE_M = 0.05
# Less is a crumb that arithmetic leaves behind.
CRUMB_M2 = 0.05
# A strip narrower than this between two parcels is a slip of the hand, not an alley.
SLIVER_M = 0.5
# A hole between parcels that is larger was left on purpose.
LARGEST_HOLE_M2 = 200.0
# How far around a change it is looked for what it shuts in.
AROUND_M = 10.0
# An end that comes so near to another line was meant to meet it.
SNAP_REACH_M = 2.0
# Ends this close are one junction of the network (geo.network.JUNCTION_M); nearer than the wobble of a re-projection is the same place.
MEETING_M = 0.1


def decimal(value: float, *, vi: bool) -> str:
    """A number as it is written in the language, to the millimetre."""
    text = f"{value:,.3f}".rstrip("0").rstrip(".")
    return text.translate(str.maketrans(",.", ".,")) if vi else text


@dataclass(frozen=True, kw_only=True)
class NoOverlap(Rule):
    """Polygons do not lie on one another by more than tolerance_m of width.

    level: SQL over `t`; only features of the same level are compared (wards with wards, quarters with quarters). Features of a layer with a
    time are compared where they are valid at the same time.
    """

    code: ClassVar[str] = "no_overlap"
    tolerance_m: float = SAME_EDGE_M
    least_m2: float = CRUMB_M2
    level: str | None = None

    def words(self) -> tuple[str, str]:
        return (
            f"Không chồng lên nhau rộng quá {decimal(self.tolerance_m, vi=True)} m",
            f"No overlap wider than {decimal(self.tolerance_m, vi=False)} m",
        )


@dataclass(frozen=True, kw_only=True)
class Apart(Rule):
    """Points stand at least so far from one another: nearer is the same thing entered twice."""

    code: ClassVar[str] = "apart"
    severity: Any = "warning"
    distance_m: float

    def words(self) -> tuple[str, str]:
        return f"Cách nhau ít nhất {decimal(self.distance_m, vi=True)} m", f"At least {decimal(self.distance_m, vi=False)} m apart"


@dataclass(frozen=True, kw_only=True)
class Inside(Rule):
    """Features lie within those of another layer that are valid on the day, or at most slack_m outside.

    outer_rows: SQL over `t` for the rows of the other layer that count.
    """

    code: ClassVar[str] = "inside"
    layer: str
    slack_m: float
    outer_rows: str | None = None
    vi: str
    en: str

    def words(self) -> tuple[str, str]:
        return (
            f"Nằm trong {self.vi} (cho phép {decimal(self.slack_m, vi=True)} m)",
            f"Inside {self.en} ({decimal(self.slack_m, vi=False)} m are allowed)",
        )


@dataclass(frozen=True, kw_only=True)
class UniqueKey(Rule):
    """No two features have the same values in these fields; in a layer with a time, none that are valid at the same time."""

    code: ClassVar[str] = "unique_key"
    fields: tuple[str, ...]
    vi: str
    en: str

    def words(self) -> tuple[str, str]:
        return f"Không trùng {self.vi}", f"No two with the same {self.en}"


@dataclass(frozen=True, kw_only=True)
class MinimumSize(Rule):
    """A polygon is at least area_m2 large, a line at least length_m long."""

    code: ClassVar[str] = "minimum_size"
    area_m2: float = 0.0
    length_m: float = 0.0

    @property
    def least(self) -> float:
        return self.area_m2 or self.length_m

    @property
    def unit(self) -> str:
        return "m²" if self.area_m2 else "m"

    def words(self) -> tuple[str, str]:
        return f"Ít nhất {decimal(self.least, vi=True)} {self.unit}", f"At least {decimal(self.least, vi=False)} {self.unit}"


@dataclass(frozen=True, kw_only=True)
class AllowedValues(Rule):
    """A field has one of the values of `among`, or lies from `least` to `most`; where neither is named, it has one of its own choices.

    An empty field has no value to be wrong. Choices are taken when the rule is looked at: a list may be loaded while the city runs.
    """

    code: ClassVar[str] = "allowed_values"
    field: str
    among: Sequence[Any] = ()
    least: float | None = None
    most: float | None = None
    vi: str
    en: str

    def words(self) -> tuple[str, str]:
        if self.among:
            listed = ", ".join(str(value) for value in self.among)
            return f"{self.vi}: một trong {listed}", f"{self.en}: one of {listed}"
        if self.listed:
            return f"{self.vi}: trong danh mục", f"{self.en}: one of its list"
        return f"{self.vi}: {self._range('từ', 'đến', True)}", f"{self.en}: {self._range('from', 'to', False)}"

    @property
    def listed(self) -> bool:
        return bool(self.among) or (self.least is None and self.most is None)

    def _range(self, from_: str, to: str, vi: bool) -> str:
        low = "" if self.least is None else f"{from_} {decimal(self.least, vi=vi)}"
        high = "" if self.most is None else f"{to} {decimal(self.most, vi=vi)}"
        return f"{low} {high}".strip()


@dataclass(frozen=True, kw_only=True)
class AreaTolerance(Rule):
    """The measured area of a polygon differs from the one in a field by at most `percent` of it, or by least_m2 where that is more."""

    code: ClassVar[str] = "area_tolerance"
    severity: Any = "warning"
    field: str
    percent: float
    least_m2: float = 1.0

    def words(self) -> tuple[str, str]:
        return (
            f"Diện tích đo lệch diện tích pháp lý không quá {decimal(self.percent, vi=True)} %",
            f"The measured area differs from the legal one by at most {decimal(self.percent, vi=False)} %",
        )


@dataclass(frozen=True, kw_only=True)
class Connected(Rule):
    """An end of a line that comes within reach_m of another line meets it.

    at_ends: it meets an end of the other, as a network needs that is cut at its junctions; else anywhere along the other will do.
    """

    code: ClassVar[str] = "connected"
    severity: Any = "warning"
    reach_m: float = SNAP_REACH_M
    meeting_m: float = MEETING_M
    at_ends: bool = True

    def words(self) -> tuple[str, str]:
        return (
            f"Đầu tuyến cách tuyến khác dưới {decimal(self.reach_m, vi=True)} m phải nối vào tuyến đó",
            f"An end within {decimal(self.reach_m, vi=False)} m of another line meets it",
        )


@dataclass(frozen=True, kw_only=True)
class NoGaps(Rule):
    """Nothing uncovered is left between polygons: no ground that was covered and is now shut in, no hole, no strip narrower than sliver_m.

    A hole larger than largest_m2 that was never covered is a yard, a pond or a street. within: a layer whose polygons ought to be covered
    whole; then what was covered there and is not any more is a gap, shut in or not.
    """

    code: ClassVar[str] = "no_gaps"
    severity: Any = "warning"
    sliver_m: float = SLIVER_M
    least_m2: float = CRUMB_M2
    tolerance_m: float = SAME_EDGE_M
    largest_m2: float = LARGEST_HOLE_M2
    reach_m: float = AROUND_M
    within: str | None = None
    outer_rows: str | None = None

    def words(self) -> tuple[str, str]:
        return (
            f"Không để hở khoảng trống giữa các đối tượng, kể cả khe hẹp dưới {decimal(self.sliver_m, vi=True)} m",
            f"No gaps between features, nor slivers narrower than {decimal(self.sliver_m, vi=False)} m",
        )
