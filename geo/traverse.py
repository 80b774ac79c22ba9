"""A survey walked on paper: from a point by bearings and distances on the grid of VN-2000, and how far it misses where it should close.

X is northing (Bắc) and Y is easting (Đông), as Vietnamese coordinate tables write them; bearings turn clockwise from grid north.
Distances are those of the grid: what was measured on the ground is reduced before.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from geo.errors import define

MOST_COURSES = 500
LONGEST_COURSE_M = 100_000.0
# A walk that comes back as near as this to its start was meant to close; what is left is its misclosure.
CLOSES_WITHIN = 0.02

BAD_COURSE = define("bad_course", 422, "Góc phương vị hoặc khoảng cách không dùng được", "A bearing or a distance cannot be used")

_DMS = re.compile(r"\s*(\d{1,3})\s*[°d:\-\s]\s*(\d{1,2})\s*['′m:\-\s]\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:[\"″s]|'')?\s*", re.ASCII)
_DM = re.compile(r"\s*(\d{1,3})\s*[°d]\s*(\d{1,2}(?:[.,]\d+)?)\s*['′m]?\s*", re.ASCII)
_D = re.compile(r"\s*(\d{1,3}(?:[.,]\d+)?)\s*[°d]?\s*", re.ASCII)


@dataclass(frozen=True)
class Course:
    """One leg: whereto and how far."""

    bearing_deg: float
    distance_m: float


@dataclass(frozen=True)
class Walk:
    """The stations as (x east, y north) in city metres, the start first.

    misclosure_m: how far the last station lies from the start, None where the walk was not meant to come back. one_in: its length divided by that.
    A walk that closes has had the misclosure spread over its legs by their length (Bowditch), and its last station is its first.
    """

    stations: tuple[tuple[float, float], ...]
    length_m: float
    misclosure_m: float | None
    misclosure_bearing_deg: float | None

    @property
    def closes(self) -> bool:
        return self.misclosure_m is not None

    @property
    def one_in(self) -> float | None:
        return self.length_m / self.misclosure_m if self.misclosure_m else None


def bearing(given: float | str) -> float:
    """Degrees in [0, 360) from a number or from degrees, minutes and seconds: 45°30'15", 45-30-15, 45 30 15. Raises BAD_COURSE."""
    found = float(given) if isinstance(given, int | float) and not isinstance(given, bool) else _read(str(given)[:60])
    if not math.isfinite(found) or not 0 <= found <= 360:
        raise BAD_COURSE(f"Góc phương vị từ 0° đến 360°, nhận được {found}.", f"A bearing is from 0° to 360°, not {found}.")
    return found % 360


def walk(*, start: tuple[float, float], courses: Sequence[Course]) -> Walk:
    """The stations from a start (x east, y north) on. Raises BAD_COURSE."""
    if not 1 <= len(courses) <= MOST_COURSES:
        raise BAD_COURSE(f"Cần từ 1 đến {MOST_COURSES} cạnh.", f"Between 1 and {MOST_COURSES} courses are needed.")
    stations = [start]
    for number, course in enumerate(courses, 1):
        if not math.isfinite(course.distance_m) or not 0 < course.distance_m <= LONGEST_COURSE_M:
            raise BAD_COURSE(f"Khoảng cách của cạnh {number} phải dương.", f"The distance of course {number} must be positive.", course=number)
        east_m, north_m = _step(course)
        stations.append((stations[-1][0] + east_m, stations[-1][1] + north_m))
    length_m = sum(course.distance_m for course in courses)
    gap_m = math.dist(stations[0], stations[-1])
    if len(courses) < 3 or gap_m > length_m * CLOSES_WITHIN:
        return Walk(tuple(stations), length_m, None, None)
    east_m, north_m = stations[-1][0] - start[0], stations[-1][1] - start[1]
    return Walk(_spread(stations, courses, length_m), length_m, gap_m, math.degrees(math.atan2(east_m, north_m)) % 360)


def _step(course: Course) -> tuple[float, float]:
    turned = math.radians(course.bearing_deg)
    return course.distance_m * math.sin(turned), course.distance_m * math.cos(turned)


def _spread(stations: list[tuple[float, float]], courses: Sequence[Course], length_m: float) -> tuple[tuple[float, float], ...]:
    start, last = stations[0], stations[-1]
    walked_m, made = 0.0, [start]
    for course, station in zip(courses, stations[1:], strict=True):
        walked_m += course.distance_m
        share = walked_m / length_m
        made.append((station[0] - (last[0] - start[0]) * share, station[1] - (last[1] - start[1]) * share))
    return (*made[:-1], start)


def _read(text: str) -> float:
    for form in (_DMS, _DM, _D):
        if found := form.fullmatch(text):
            parts = [float(part.replace(",", ".")) for part in found.groups()]
            if all(part < 60 for part in parts[1:]):
                return sum(part / 60**power for power, part in enumerate(parts))
    raise BAD_COURSE(f"Không đọc được góc {text!r}; viết 45°30'15\".", f"The bearing {text!r} cannot be read; write 45°30'15\".")
