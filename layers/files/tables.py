"""Tables without shapes: which columns say where a row is, and the shapes made of them. No GDAL and no Django here.

A column of WKT (or WKB in hexadecimal), of longitude and latitude, or of X and Y. Vietnamese tables write X for northing and Y for
easting, others the reverse: where only "X" and "Y" stand, x is taken as east, and locating notices when the reverse lands in the city.
It refuses a table in which no column can be told, and lists the columns to choose from.
"""

import re
import unicodedata
from typing import Any

import numpy
import pyarrow
import shapely

from layers.files.arrow import SHAPE
from layers.files.formats import AXES, COORDINATES_REQUIRED

# What a column may be called, folded to plain letters, by what it holds; the first that fits is taken.
WKT = ("wkt", "geom", "geometry", "the_geom", "shape", "wkb", "hinh_hoc")
PAIRS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("degrees", ("lon", "long", "longitude", "lng", "kinh_do", "kinhdo"), ("lat", "latitude", "vi_do", "vido")),
    ("metres", ("easting", "east", "dong", "y_dong", "toa_do_y_dong", "e"), ("northing", "north", "bac", "x_bac", "toa_do_x_bac", "n")),
    ("metres", ("x", "toa_do_x", "toado_x", "x_vn2000", "x_coord", "coord_x", "xcoord", "point_x"), ("y", "toa_do_y", "toado_y", "y_vn2000", "y_coord", "coord_y", "ycoord", "point_y")),
)  # fmt: skip
THOUSANDS = re.compile(r"-?\d{1,3}(\.\d{3})+(,\d+)?\Z")
MINUTES = re.compile(r"(-?\d+(?:[.,]\d+)?)\s*[°d]\s*(?:(\d+(?:[.,]\d+)?)\s*['′’m]\s*)?(?:(\d+(?:[.,]\d+)?)\s*(?:[\"″”s]|'')\s*)?([NSEWBĐTnsewbđt]?)\s*\Z")
SOUTH_OR_WEST = frozenset("SsWwTt")


def with_shapes(table: pyarrow.Table, mapping: dict[str, str]) -> pyarrow.Table:
    """The table with its shapes as WKB. Raises COORDINATES_REQUIRED with the columns that there are."""
    # GDAL makes shapes of a column called WKT, and nothing of what it cannot read: here that is told.
    names = [name for name in table.column_names if name != SHAPE]
    table = table.select(names)
    wkt, east, north = _named(names, mapping)
    if wkt is not None:
        shapes = numpy.array([_shape(value) for value in table.column(wkt).to_pylist()], dtype=object)
        table = table.drop_columns([wkt])
    elif east is not None and north is not None:
        shapes = _points(table.column(east).to_pylist(), table.column(north).to_pylist())
    else:
        raise COORDINATES_REQUIRED(
            f"Không rõ cột nào là toạ độ: {', '.join(names)}.", f"No column is known to hold coordinates: {', '.join(names)}.", fields=names, targets=list(AXES)
        )
    return table.append_column(SHAPE, pyarrow.array(shapely.to_wkb(shapes), pyarrow.binary()))


def _named(names: list[str], mapping: dict[str, str]) -> tuple[str | None, str | None, str | None]:
    """The columns of WKT, or of east and north: as the mapping says, else by what they are called."""
    said = {target: name for name, target in mapping.items() if target in AXES and name in names}
    if said:
        return said.get("@wkt"), said.get("@lon") or said.get("@y_east"), said.get("@lat") or said.get("@x_north")
    plain = {folded(name): name for name in reversed(names)}
    for name in WKT:
        if name in plain:
            return plain[name], None, None
    for _, easts, norths in PAIRS:
        east, north = (next((plain[name] for name in known if name in plain), None) for known in (easts, norths))
        if east and north:
            return None, east, north
    return None, None, None


def folded(text: str) -> str:
    """Lower case without accents, words joined by one underscore, units in brackets left out."""
    letters = unicodedata.normalize("NFD", re.sub(r"\((m|độ|deg|°)\)", "", text).replace("đ", "d").replace("Đ", "D").lower())
    return re.sub(r"[^a-z0-9]+", "_", "".join(letter for letter in letters if not unicodedata.combining(letter))).strip("_")


def _points(east: list[Any], north: list[Any]) -> Any:
    x, y = (numpy.array([number(value) for value in axis], dtype=float) for axis in (east, north))
    there = ~(numpy.isnan(x) & numpy.isnan(y))
    shapes = numpy.full(len(x), None, dtype=object)
    # One of two is no place: kept as it is, and refused as not finite.
    shapes[there] = shapely.points(x[there], y[there])
    return shapes


def number(value: Any) -> float:
    """A coordinate as people write it: with a decimal comma, dots between thousands, or degrees and minutes. NaN where it is none."""
    if value is None or isinstance(value, bool):
        return float("nan")
    text = str(value).strip().replace("\u00a0", "").replace(" ", "") if not isinstance(value, (int, float)) else value
    try:
        return float(text)
    except ValueError:
        pass
    text = str(text)
    if THOUSANDS.match(text):
        return float(text.replace(".", "").replace(",", "."))
    if found := MINUTES.match(text):
        degrees, minutes, seconds = (float((part or "0").replace(",", ".")) for part in found.groups()[:3])
        size = abs(degrees) + minutes / 60 + seconds / 3600
        return -size if text.startswith("-") or found[4] in SOUTH_OR_WEST and found[4] else size
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return float("nan")


def _shape(value: Any) -> Any:
    """A shape from WKT or from WKB in hexadecimal; an empty collection stands for what cannot be read, None for nothing."""
    text = str(value).strip() if value is not None else ""
    if not text:
        return None
    try:
        # EWKT says its SRID first; the CRS of a table is asked for.
        return shapely.from_wkb(text) if text[:2] in ("00", "01") else shapely.from_wkt(text.split(";", 1)[1] if text[:5].upper() == "SRID=" else text)
    except (shapely.errors.ShapelyError, UnicodeEncodeError):
        return UNREADABLE


# Told as malformed, not as empty.
UNREADABLE = shapely.GeometryCollection([shapely.Point(float("nan"), float("nan"))])
