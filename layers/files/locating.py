"""In which CRS a file's coordinates are, by what it says and by where they would land; asked for, with the candidates, never guessed. No Django here.

It refuses a file that says nothing, one whose numbers cannot be what it says, one that would land in the city only under another CRS
or with its axes swapped, and one that lies elsewhere however it is read.
"""

from typing import Any, NoReturn

import numpy
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError, ProjError

from geo.crs import CITY_SRID, crs_of
from geo.faults import OUT_OF_EXTENT
from layers.files import landing
from layers.files.formats import CRS_REQUIRED, DEGREES_BY_STANDARD
from layers.files.landing import Box


class Located:
    """The CRS that was settled on, and the way from it to city metres."""

    def __init__(self, crs: CRS, *, swapped: bool, told: dict[str, Any]) -> None:
        self.crs, self.swapped, self.told = crs, swapped, told
        self._change = Transformer.from_crs(crs, crs_of(CITY_SRID), always_xy=True)

    def in_city(self, shapes: Any) -> Any:
        """Flat shapes in city metres; what PROJ cannot place becomes infinite, and the gateway refuses it."""
        return shapely.transform(turned(shapely.force_2d(shapes), self.swapped), self._moved, interleaved=False)

    def _moved(self, x: Any, y: Any) -> Any:
        return self._change.transform(x, y)


def turned(shapes: Any, swapped: bool) -> Any:
    return shapely.transform(shapes, lambda x, y: (y, x), interleaved=False) if swapped else shapes


def located(*, boxes: Any, driver: str, said: CRS | None, wanted: int | None, swapped: bool) -> Located:
    """Settle the CRS. boxes: the bounds of each shape as the file has them. Raises CRS_REQUIRED or OUT_OF_EXTENT."""
    boxes = boxes[numpy.isfinite(boxes).all(axis=1)]
    boxes = boxes[:, [1, 0, 3, 2]] if swapped else boxes
    box = _whole(boxes)
    named = landing.known_as(said) if said is not None else None
    crs = _asked(wanted) if wanted else crs_of(named) if named else said
    if crs is None or box is None:
        raise CRS_REQUIRED(
            "Tệp không nói hệ toạ độ: hãy chọn.",
            "The file does not say its CRS: choose one.",
            candidates=landing.landings(box) if box else [],
            bounds=box,
        )
    if crs.is_geographic and max(abs(edge) for edge in box) > 360:
        raise CRS_REQUIRED(
            f"Tệp nói là độ ({crs.name}) nhưng số liệu thì không.",
            f"It says degrees ({crs.name}) but the numbers are not.",
            candidates=landing.landings(box),
            bounds=box,
        )
    if not _touches_city(boxes, crs):
        _refuse_elsewhere(box, crs)
    how = "given" if wanted else "matched" if named else "standard" if driver in DEGREES_BY_STANDARD and crs.to_epsg() == 4326 else "file"
    told = {"epsg": named or crs.to_epsg(), "name": crs.name, "how": how, "file": said.name if said is not None else None, "swapped": swapped}
    return Located(crs, swapped=swapped, told=told)


def _whole(boxes: Any) -> Box | None:
    if not len(boxes):
        return None
    west, south = boxes[:, :2].min(axis=0)
    east, north = boxes[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _asked(epsg: int) -> CRS:
    try:
        return crs_of(epsg)
    except CRSError as error:
        raise CRS_REQUIRED(f"Không có EPSG:{epsg}.", f"There is no EPSG:{epsg}.", candidates=[]) from error


def _touches_city(boxes: Any, crs: CRS) -> bool:
    """Whether any shape would. By two corners each: a box that is turned a little is still where it is."""
    try:
        change = Transformer.from_crs(crs, crs_of(CITY_SRID), always_xy=True)
        low = numpy.column_stack(change.transform(boxes[:, 0], boxes[:, 1]))
        high = numpy.column_stack(change.transform(boxes[:, 2], boxes[:, 3]))
    except ProjError:
        return False
    moved = numpy.hstack([numpy.minimum(low, high), numpy.maximum(low, high)])
    return any(landing.inside_city(tuple(one)) for one in moved[numpy.isfinite(moved).all(axis=1)])


def _refuse_elsewhere(box: Box, crs: CRS) -> NoReturn:
    """Nothing lands in the city: say whether it would with x and y swapped, under which CRS it would, or that it never does."""
    swapped = landing.lands_inside(box, crs, swapped=True)
    candidates = landing.landings(box)
    if swapped:
        raise CRS_REQUIRED(
            f"X và Y có vẻ bị đảo: X (Bắc), Y (Đông). Đảo lại thì nằm ở {swapped[0]:.5f}, {swapped[1]:.5f}.",
            f"X and Y seem to be swapped: X is north, Y is east. Swapped it lands at {swapped[0]:.5f}, {swapped[1]:.5f}.",
            swapped=True,
            lands_at=[round(degrees, 6) for degrees in swapped],
            candidates=candidates,
            bounds=box,
        )
    if any(one["inside"] for one in candidates):
        raise CRS_REQUIRED(
            f"Theo {crs.name} thì không có gì nằm trong thành phố; theo hệ khác thì có.",
            f"Under {crs.name} nothing lies in the city; under another it would.",
            swapped=False,
            candidates=candidates,
            bounds=box,
        )
    place = landing.place_of(box, crs)
    where = f"{place[0]:.4f}, {place[1]:.4f}" if place else "?"
    raise OUT_OF_EXTENT(
        f"Dữ liệu nằm ở {where} ({crs.name}), ngoài phạm vi thành phố.",
        f"The data lies at {where} ({crs.name}), outside the city.",
        lands_at=place,
        candidates=candidates,
        bounds=box,
    )
