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
    "DGN": (".dgn",),
    "XLSX": (".xlsx",),
}
PARQUET = (".parquet", ".geoparquet")
ARCHIVES = (".zip", ".kmz")
XML = (".kml", ".gpx", ".gml", ".xml")
# Tables of coordinates: a column says where, GDAL makes nothing of them.
TABLES = frozenset({"CSV", "XLSX"})
# Formats that keep text as bytes and do not say, or not truly, in which encoding.
BYTE_TEXT = frozenset({"ESRI Shapefile", "CSV", "MapInfo File"})
# Formats whose standard says that coordinates are WGS84 degrees where the file says nothing.
DEGREES_BY_STANDARD = frozenset({"GeoJSON", "GeoJSONSeq", "LIBKML", "GPX"})
# What must lie beside a main file. A lost index is made anew; lost attributes are lost.
PARTS: dict[str, tuple[str, ...]] = {".shp": (".dbf",), ".tab": (".dat", ".map", ".id"), ".mif": (".mid",)}
# Sent alone these say nothing: the main file is missing.
PART_OF: dict[str, str] = {
    **dict.fromkeys((".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx", ".qix", ".qpj", ".cst"), ".shp"),
    **dict.fromkeys((".dat", ".map", ".id", ".ind"), ".tab"),
    ".mid": ".mif",
}
# Drawings that GDAL's own drivers do not read, by what their first bytes are.
DRAWINGS_TO_CONVERT: tuple[tuple[bytes, str], ...] = ((b"AC10", "DWG"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "DGN V8"))
DRAWING_SUFFIXES = (".dwg", ".dgn", ".dxf")
OPTIONS: dict[str, dict[str, str]] = {
    ".csv": {"AUTODETECT_TYPE": "YES"},
    ".xlsx": {"HEADERS": "AUTO"},
    ".gml": {"EXPOSE_FID": "NO"},
    ".xml": {"EXPOSE_FID": "NO"},
}
CONFIG = {
    "SHAPE_ENCODING": "",
    "DXF_INLINE_BLOCKS": "TRUE",
    "DXF_MERGE_BLOCK_GEOMETRIES": "FALSE",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "GML_DOWNLOAD_SCHEMA": "NO",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
}
# Targets of a mapping that name coordinates instead of a field.
AXES = ("@lon", "@lat", "@x_north", "@y_east", "@wkt")
SUFFIXES = tuple(suffix for suffixes in DRIVERS.values() for suffix in suffixes) + PARQUET + ARCHIVES

UNSUPPORTED = define("unsupported_content", 422, "Không đọc được nội dung tệp", "The content cannot be read")
PART_MISSING = define("part_missing", 422, "Thiếu một phần của tệp", "A part of the file is missing")
LAYER_REQUIRED = define("layer_required", 422, "Cần chọn một lớp trong tệp", "One layer of the file has to be chosen")
CRS_REQUIRED = define("crs_required", 422, "Cần chọn hệ toạ độ", "The coordinate reference system has to be given")
ENCODING_REQUIRED = define("encoding_required", 422, "Cần chọn bảng mã chữ", "The text encoding has to be given")
COORDINATES_REQUIRED = define("coordinates_required", 422, "Cần chỉ cột toạ độ", "The columns of the coordinates have to be named")
PART_ALONE = define("part_alone", 422, "Đây chỉ là một phần của tệp", "This is only a part of a file")
CONVERT_FIRST = define("convert_first", 422, "Cần chuyển sang DXF", "Has to be converted to DXF first")
ARCHIVE_TOO_LARGE = define("archive_too_large", 413, "Tệp nén quá lớn", "The archive is too large")
ARCHIVE_UNSAFE = define("archive_unsafe", 422, "Tệp nén không an toàn", "The archive is not safe")
DTD_FORBIDDEN = define("xml_dtd_forbidden", 422, "XML không được có DOCTYPE", "A document type is not allowed in XML")
NOTHING = define("nothing_to_import", 422, "Không có gì để nhập", "There is nothing to import")
