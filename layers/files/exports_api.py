"""Files of a layer over HTTP: the whole of what the caller may see, a filter of it, what was selected, or what a drawn area touches."""

import os
import tempfile
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest
from ninja import Router, Schema
from psycopg2 import sql

from geo import events, shapes
from geo.acting import acting
from geo.crs import CITY_SRID
from geo.errors import BAD_REQUEST, FORBIDDEN
from geo.signing import SIGNED_IN
from layers import access, query, watching
from layers.access import Opened, opened
from layers.api import box_of
from layers.files import exporting, landing
from layers.files.exporting import Part
from layers.filters import cql2

MOST_IDS = 100_000
CONTENT = {
    ".gpkg": "application/geopackage+sqlite3",
    ".geojson": "application/geo+json",
    ".shp.zip": "application/zip",
    ".kml": "application/vnd.google-earth.kml+xml",
    ".csv": "text/csv; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
}
router = Router(tags=["export"])


class ExportIn(Schema):
    """Which file, in which CRS, of which rows: a CQL2 filter, fids and a GeoJSON area in lon/lat all narrow."""

    format: str
    crs: int | None = None
    filter: str = ""
    ids: list[int] = []
    area: dict[str, Any] | None = None


@router.get("/layers/{slug}/export.{ending}")
def download(request: HttpRequest, slug: str, ending: str, crs: int | None = None, filter: str = "", bbox: str = "", ids: str = "") -> FileResponse:  # noqa: A002 (the standard's name)
    """A file of the layer; the ending says which."""
    return _file(request, slug, ExportIn(format=ending, crs=crs, filter=filter, ids=_numbers(ids), area=_box(bbox)))


@router.post("/layers/{slug}/export", auth=SIGNED_IN)
def download_part(request: HttpRequest, slug: str, given: ExportIn) -> FileResponse:
    """A file of what a drawn area touches, or of a long selection."""
    return _file(request, slug, given)


@router.get("/systems")
def systems(request: HttpRequest) -> dict[str, Any]:
    """The systems of coordinates in which files of this place are likely to be wanted: degrees, the city's, its datum's zones, UTM."""
    return {"items": [{"epsg": epsg, "name": name} for epsg, name in landing.plausible().items()]}


def _file(request: HttpRequest, slug: str, given: ExportIn) -> FileResponse:
    seen = opened(slug, request.caller)
    if not access.may(seen.layer, "export", request.caller):
        raise FORBIDDEN("Không được xuất lớp này.", "This layer may not be exported.")
    ending, _ = exporting.format_of(f".{given.format.lstrip('.')}", seen.layer.geometry_type, given.crs)
    part = _part(seen, given)
    watching.taken(seen, part.where, part.params, by=request.user, at=request.at, door="export")
    handle, name = tempfile.mkstemp(suffix=ending, prefix="nbioc-export-")
    os.close(handle)
    try:
        count = exporting.export(opened=seen, path=Path(name), srid=given.crs, part=part)
        file = open(name, "rb")  # noqa: SIM115 (the response closes it)
    finally:
        # Gone from the folder as soon as it is open: a download that is broken off leaves nothing behind.
        os.unlink(name)
    _remember(request, slug, given, ending, count)
    return FileResponse(file, as_attachment=True, filename=f"{slug}{ending}", content_type=CONTENT[ending], headers={"X-Feature-Count": str(count)})


def _remember(request: HttpRequest, slug: str, given: ExportIn, ending: str, count: int) -> None:
    """Who took what out of the city's house."""
    by = request.user if request.user.is_authenticated else None
    with acting(by=by, because=f"export {slug}{ending}"):
        narrowed = {"filter": given.filter, "ids": len(given.ids), "area": given.area is not None, "crs": given.crs}
        events.publish(kind="layer.exported", at=request.at, data={"layer": slug, "format": ending, "features": count, **narrowed})


def _part(seen: Opened, given: ExportIn) -> Part:
    """Raises what the filter compiler and the geometry gateway raise."""
    wheres: list[sql.Composable] = [sql.SQL("true")]
    params: dict[str, Any] = {}
    if given.filter:
        compiled = cql2.condition(seen, given.filter, "cql2-json" if given.filter.lstrip().startswith("{") else "cql2-text")
        wheres.append(compiled.where)
        params |= compiled.params
    if given.ids:
        if len(given.ids) > MOST_IDS or not all(0 <= fid <= query.LARGEST_FID for fid in given.ids):
            raise BAD_REQUEST(f"Tối đa {MOST_IDS:,} mã đối tượng.", f"At most {MOST_IDS:,} ids, none negative.", parameter="ids")
        wheres.append(sql.SQL("{} = any(%(export_ids)s)").format(seen.fid))
        params["export_ids"] = given.ids
    if given.area is not None:
        shape = shapes.admit(given.area, types=("Polygon", "MultiPolygon"))
        wheres.append(
            sql.SQL("public.st_intersects({}, public.st_geomfromwkb(decode(%(export_area)s, 'hex'), {}))").format(seen.geometry, sql.Literal(CITY_SRID))
        )
        params["export_area"] = shape.wkb_hex
    return Part(sql.SQL(" and ").join(wheres), params)


def _numbers(text: str) -> list[int]:
    if not text:
        return []
    if not all(one.isascii() and one.isdigit() for one in text.split(",")):
        raise BAD_REQUEST("ids là các số cách nhau bằng dấu phẩy.", "ids are numbers with commas between them.", parameter="ids")
    return [int(one) for one in text.split(",")]


def _box(text: str) -> dict[str, Any] | None:
    """west,south,east,north in degrees, cut to what the city accepts, as an area."""
    box = box_of(text)
    if box is None:
        return None
    west, south, east, north = box
    return {"type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]]}
