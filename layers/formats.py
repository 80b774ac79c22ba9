"""The file formats that come in, what each keeps beside its main file, and how a file is refused. No GDAL and no Django here."""

from geo.errors import define

# What GDAL may open, and the names such a file goes by.
DRIVERS: dict[str, tuple[str, ...]] = {
    "GeoJSON": (".geojson", ".json"),
    "GeoJSONSeq": (".geojsonl", ".geojsons", ".jsonl"),
    "ESRI Shapefile": (".shp",),
    "GPKG": (".gpkg",),
    "FlatGeobuf": (".fgb",),
    "LIBKML": (".kml",),
    "GPX": (".gpx",),
    "GML": (".gml", ".xml"),
    "CSV": (".csv",),
    "MapInfo File": (".tab", ".mif"),
    "DXF": (".dxf",),
}
PARQUET = (".parquet", ".geoparquet")
ARCHIVES = (".zip", ".kmz")
XML = (".kml", ".gpx", ".gml", ".xml")
# Formats that keep text as bytes and do not say, or not truly, in which encoding.
BYTE_TEXT = frozenset({"ESRI Shapefile", "CSV", "MapInfo File"})
# Formats whose standard says that coordinates are WGS84 degrees where the file says nothing.
DEGREES_BY_STANDARD = frozenset({"GeoJSON", "GeoJSONSeq", "LIBKML", "GPX"})
PARTS: dict[str, tuple[str, ...]] = {".shp": (".shx", ".dbf"), ".tab": (".dat", ".map", ".id"), ".mif": (".mid",)}
CSV_OPTIONS = {
    "X_POSSIBLE_NAMES": "lon,long,longitude,lng,kinh_do,kinhdo,x,toa_do_x,easting",
    "Y_POSSIBLE_NAMES": "lat,latitude,vi_do,vido,y,toa_do_y,northing",
    "GEOM_POSSIBLE_NAMES": "wkt,geom,geometry,the_geom",
    "AUTODETECT_TYPE": "YES",
}
SUFFIXES = tuple(suffix for suffixes in DRIVERS.values() for suffix in suffixes) + PARQUET + ARCHIVES

UNSUPPORTED = define("unsupported_content", 422, "Không đọc được nội dung tệp", "The content cannot be read")
PART_MISSING = define("part_missing", 422, "Thiếu một phần của tệp", "A part of the file is missing")
LAYER_REQUIRED = define("layer_required", 422, "Cần chọn một lớp trong tệp", "One layer of the file has to be chosen")
CRS_REQUIRED = define("crs_required", 422, "Cần chọn hệ toạ độ", "The coordinate reference system has to be given")
ENCODING_REQUIRED = define("encoding_required", 422, "Cần chọn bảng mã chữ", "The text encoding has to be given")
ARCHIVE_TOO_LARGE = define("archive_too_large", 413, "Tệp nén quá lớn", "The archive is too large")
ARCHIVE_UNSAFE = define("archive_unsafe", 422, "Tệp nén không an toàn", "The archive is not safe")
DTD_FORBIDDEN = define("xml_dtd_forbidden", 422, "XML không được có DOCTYPE", "A document type is not allowed in XML")
NOTHING = define("nothing_to_import", 422, "Không có gì để nhập", "There is nothing to import")
