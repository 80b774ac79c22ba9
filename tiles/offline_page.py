"""The heat and the wards on one page that opens with the network cut: what a caller may count, on paper that can be carried away.

It is drawn by a child process (tiles.folium_page), one at a time in a worker.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import shapely
from django.conf import settings
from django.db import connection
from django.utils import timezone
from shapely.geometry import mapping
from shapely.geometry import shape as shape_of

from geo import density
from geo.city import CITY
from geo.crs import CITY_SRID, WGS84, accepted_box, transformer
from geo.errors import BUSY, FORBIDDEN, NOT_SIGNED_IN, UNPROCESSABLE
from geo.permissions import PERMISSIONS
from layers import query
from layers.access import Counted, Scope, opened, opened_for_counting
from layers.layer import registry
from tiles import heat

PERMISSION = "see_aggregates"
PARAMETERS = ("from", "to", "category", "lang")
FINEST_LEVEL = 8  # cells of 256 m: a neighbourhood, not a house
MOST_CELLS = 5_000
MOST_WARDS = 200
# About 10 m: a ward's edge on a page of a screen's width.
WARD_TOLERANCE_DEG = 0.0001
DECIMALS = 5
CHILD_TIMEOUT_S = 40.0
LEAFLET = settings.BASE_DIR / "frontend" / "node_modules" / "leaflet" / "dist"

WORDS: dict[str, dict[str, str]] = {
    "vi": {
        "title": "Mật độ vụ việc",
        "period": "Từ {from_:%d/%m/%Y} đến trước {until:%d/%m/%Y}",
        "total": "{n} vụ việc",
        "hidden": "Số vụ quá ít để công bố",
        "sparse": "Ít số liệu: chớ vội kết luận",
        "as_of": "Lập lúc {at:%H:%M %d/%m/%Y}",
        "n": "Số vụ",
        "density": "Mật độ",
        "name": "Phường, xã",
        "population": "Dân số",
    },
    "en": {
        "title": "Density of cases",
        "period": "From {from_:%Y-%m-%d} until before {until:%Y-%m-%d}",
        "total": "{n} cases",
        "hidden": "Too few cases to be told",
        "sparse": "Few data: do not conclude in haste",
        "as_of": "Made at {at:%H:%M %Y-%m-%d}",
        "n": "Cases",
        "density": "Density",
        "name": "Ward",
        "population": "Population",
    },
}

_one_page = threading.Lock()


def page(scope: Scope, asked: Mapping[str, str], *, at: datetime | None = None) -> bytes:
    """The page for a caller. Raises NOT_SIGNED_IN, FORBIDDEN, BAD_REQUEST for a period that makes no sense, or BUSY."""
    if scope.user_id is None:
        raise NOT_SIGNED_IN("Cần đăng nhập.", "Sign in first.")
    if not scope.may(PERMISSION):
        vi, en = PERMISSIONS[PERMISSION]
        raise FORBIDDEN(f"Cần quyền: {vi}.", f"The permission is missing: {en}.")
    return drawn(contents(scope, asked, at=at or timezone.now()))


def contents(scope: Scope, asked: Mapping[str, str], *, at: datetime) -> dict[str, Any]:
    """What the page shows, already decided: only what the caller may count and see."""
    language = "en" if asked.get("lang") == "en" else "vi"
    words = WORDS[language]
    layer = registry.known("incidents")
    counted = opened_for_counting(layer, scope)
    wanted = heat.asked(asked, layer=layer, at=at)
    n = _total(counted, wanted)
    notes = [
        words["period"].format(from_=wanted.from_.astimezone(heat.ZONE), until=wanted.until.astimezone(heat.ZONE)),
        *([_category(wanted.category, language)] if wanted.category else []),
        words["total"].format(n=n) if n >= counted.hide_below else words["hidden"],
        *([words["sparse"]] if n < heat.SPARSE_BELOW else []),
        words["as_of"].format(at=at.astimezone(heat.ZONE)),
    ]
    unit = density.UNIT[language]
    return {
        "lang": language,
        "title": f"{words['title']} · {CITY.names[language]}",
        "notes": notes,
        "legend": [{"color": row["color"], "text": _class(row, unit)} for row in density.legend()["ramp"]],
        "cells": {"type": "FeatureCollection", "features": _cells(counted, wanted, unit)},
        "wards": {"type": "FeatureCollection", "features": _wards(scope)},
        "words": {"cells": {"n": words["n"], "density": words["density"]}, "wards": {"name": words["name"], "population": words["population"]}},
        "bounds": _bounds(),
        "leaflet": str(LEAFLET),
    }


def _category(code: str, language: str) -> str:
    category = CITY.categories.get(code)
    return category.as_dict()[language] if category else code


def _class(row: dict[str, Any], unit: str) -> str:
    return f"≥ {row['from']} {unit}" if row["to"] is None else f"{row['from']}-{row['to']} {unit}"


def _bounds() -> list[list[float]]:
    """South-west and north-east of the city's view, about five kilometres each way."""
    lon, lat = CITY.view["lon"], CITY.view["lat"]
    return [[lat - 0.05, lon - 0.05], [lat + 0.05, lon + 0.05]]


def _total(counted: Counted, wanted: heat.Asked) -> int:
    with connection.cursor() as cursor:
        statement = heat.total_statement(counted, narrowed=wanted.category is not None)
        cursor.execute(statement.as_string(cursor.connection), heat.period_parameters(counted.rows.params, wanted))
        return int(cursor.fetchone()[0])


def _cells(counted: Counted, wanted: heat.Asked, unit: str) -> list[dict[str, Any]]:
    """The cells of the finest level that a page can hold. A coarser cell is the sum of four, so the meaning stays."""
    for level in range(FINEST_LEVEL, FINEST_LEVEL + 8):
        found = _counts(counted, wanted, level)
        if len(found) <= MOST_CELLS:
            return [_cell(level, i, j, n, wanted.days, unit) for i, j, n in found]
    raise UNPROCESSABLE("Quá nhiều ô.", "There are too many cells.")


def _counts(counted: Counted, wanted: heat.Asked, level: int) -> list[tuple[int, int, int]]:
    limits = dict(zip(("xmin", "ymin", "xmax", "ymax"), accepted_box(), strict=True))
    params = {**heat.period_parameters(counted.rows.params, wanted), **limits, "side": float(density.side_m(level))}
    with connection.cursor() as cursor:
        cursor.execute(heat.cells_statement(counted, narrowed=wanted.category is not None).as_string(cursor.connection), params)
        return sorted((i, j, n) for i, j, n in cursor.fetchall() if n >= counted.hide_below)


def _cell(level: int, i: int, j: int, n: int, days: float, unit: str) -> dict[str, Any]:
    side = density.side_m(level)
    corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1), (i, j)]
    lons, lats = transformer(CITY_SRID, WGS84).transform([x * side for x, _ in corners], [y * side for _, y in corners])
    per_km2 = n * density.per_case(level, days)
    ring = [[round(lon, DECIMALS), round(lat, DECIMALS)] for lon, lat in zip(lons, lats, strict=True)]
    color = density.COLORS[int(density.classes(per_km2)) - 1]
    told = {"n": str(n), "density": f"{per_km2:.1f} {unit}", "_color": color}
    return {"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def _wards(scope: Scope) -> list[dict[str, Any]]:
    """The wards of today, at the detail of a page."""
    found = query.features(opened("wards", scope), limit=MOST_WARDS)
    return [
        {
            "type": "Feature",
            "properties": {"name": ward["properties"].get("name", ""), "population": ward["properties"].get("population") or "?"},
            "geometry": mapping(shapely.set_precision(shape_of(ward["geometry"]).simplify(WARD_TOLERANCE_DEG, preserve_topology=False), 10**-DECIMALS)),
        }
        for ward in found
        if ward["properties"].get("valid_until") is None
    ]


def drawn(shown: dict[str, Any]) -> bytes:
    """The page as HTML. Raises BUSY while another is drawn, and when the child did not manage."""
    if not _one_page.acquire(blocking=False):
        raise BUSY("Đang lập một trang khác.", "Another page is being made.")
    try:
        # The child inherits no secret: it draws what it is given.
        done = subprocess.run(
            [sys.executable, "-m", "tiles.folium_page"],
            input=json.dumps(shown).encode(),
            capture_output=True,
            timeout=CHILD_TIMEOUT_S,
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired as error:
        raise BUSY("Lập trang quá lâu.", "The page took too long.") from error
    finally:
        _one_page.release()
    if done.returncode != 0:
        raise BUSY("Không lập được trang.", "The page could not be made.")
    return done.stdout
