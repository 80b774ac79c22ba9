"""A city for planners and stopwatches, made by the database itself."""

from pathlib import Path
from typing import Any

from geo.crs import CITY_SRID, to_city
from tests.conftest import JUNCTION

MADE = Path(__file__).with_name("city.sql")


def make(cursor: Any, *, incidents: int, parcels: int, roads: int = 20_000, lights: int = 30_000) -> None:
    """Fill the layers that a city has most rows of, and tell the planner."""
    x, y = to_city(*JUNCTION)
    text = MADE.read_text(encoding="utf-8").replace("{srid}", str(CITY_SRID))
    cursor.execute(text, {"incidents": incidents, "parcels": parcels, "roads": roads, "lights": lights, "x": x, "y": y})
