"""GDAL: ogrinfo and ogr2ogr read whole layers page by page in the right CRS. Its driver of OGC API Features only reads, in every version up to 3.12."""

import json
from typing import Any

import pyogrio
import pytest

from geo.crs import CITY_SRID
from tests.e2e.conftest import City


def bearer(token: str) -> dict[str, str]:
    """GDAL before 3.9 knows the header alone, from then on the token alone."""
    return {"GDAL_HTTP_HEADERS": f"Authorization: Bearer {token}", "GDAL_HTTP_AUTH": "BEARER", "GDAL_HTTP_BEARER": token}


def test_ogrinfo_counts_every_public_layer_as_the_collection_does(city: City, counts: Any, gdal: Any) -> None:
    told = gdal("ogrinfo", "-ro", "-so", "-al", f"OAPIF:{city.address}/ogc/")
    blocks = {block.split("\n")[0].strip(): block for block in told.split("Layer name: ")[1:]}

    for slug, number in counts(None).items():
        assert f"Feature Count: {number}\n" in blocks[slug], slug


def test_ogr2ogr_takes_every_parcel_along_page_by_page(city: City, tokens: dict[str, str], gdal: Any) -> None:
    count, area = city.rows("select count(*), sum(st_area(geom)) from layers_parcel")[0]
    text = gdal(
        "ogr2ogr", "-f", "GeoJSONSeq", "/vsistdout/", f"OAPIF:{city.address}/ogc/", "parcels", "-oo", "PAGE_SIZE=500", "-sql",
        "select parcel_no, st_area(st_transform(geometry, 5897)) as area from parcels", "-dialect", "sqlite", **bearer(tokens["officer"]),
    )  # fmt: skip
    rows = [json.loads(line.lstrip("\x1e"))["properties"] for line in text.splitlines() if line.strip("\x1e")]

    assert len(rows) == count > 1_000
    assert sum(row["area"] for row in rows) == pytest.approx(area, rel=1e-6)


def test_a_box_and_a_value_are_asked_of_the_server(city: City, gdal: Any) -> None:
    x, y = city.rows("select st_x(p), st_y(p) from (select st_transform(st_centroid(st_collect(geom)), 4326) as p from layers_publicplace) c")[0]
    box = (x - 0.02, y - 0.02, x + 0.02, y + 0.02)
    expected = city.rows(
        "select count(*) from layers_publicplace where kind = 'school' and st_transform(geom, 4326) && st_makeenvelope(%s, %s, %s, %s, 4326)", *box
    )[0][0]
    told = gdal(
        "ogr2ogr", "-f", "CSV", "/vsistdout/", f"OAPIF:{city.address}/ogc/", "public_places", "-where", "kind = 'school'",
        "-spat_srs", "EPSG:4326", "-spat", *(str(edge) for edge in box),
    )  # fmt: skip

    assert len(told.strip().splitlines()) - 1 == expected > 0


def test_pyogrio_reads_every_layer_of_an_officer(city: City, tokens: dict[str, str], counts: Any) -> None:
    pyogrio.set_gdal_config_options(bearer(tokens["officer"]))
    try:
        for slug, number in counts("officer").items():
            meta, _, shapes, _ = pyogrio.raw.read(f"OAPIF:{city.address}/ogc/", layer=slug)
            assert len(shapes) == number, slug
            assert meta["crs"] in (f"EPSG:{CITY_SRID}", "OGC:CRS84", "EPSG:4326", None), slug
    finally:
        pyogrio.set_gdal_config_options(dict.fromkeys(bearer(""), None))


def test_what_gdal_wrote_in_the_citys_metres_is_posted_as_it_stands(city: City, tokens: dict[str, str], ask: Any, gdal: Any) -> None:
    """GDAL cannot write here by itself; the features that it makes can be."""
    given = gdal(
        "ogr2ogr", "-f", "GeoJSON", "/vsistdout/", f"OAPIF:{city.address}/ogc/", "public_places", "-t_srs", "EPSG:5897", "-lco", "RFC7946=NO", "-limit", "1"
    )
    feature = json.loads(given)["features"][0]
    body = {"type": "Feature", "geometry": feature["geometry"], "properties": {"name": "Từ GDAL", "kind": "market"}}
    crs = "<http://www.opengis.net/def/crs/EPSG/0/5897>"
    status, headers, born = ask(
        "/ogc/collections/public_places/items", by="officer", method="POST", body=body, Content_Type="application/geo+json", Content_Crs=crs
    )

    assert status == 201, born
    x, y = city.rows("select st_x(geom), st_y(geom) from layers_publicplace where id = %s", born["id"])[0]
    assert (x, y) == pytest.approx(feature["geometry"]["coordinates"][:2], abs=0.001)
    where = headers["Location"].removeprefix(city.address)
    assert ask(where, by="officer", method="DELETE", If_Match=headers["etag"])[0] == 204
