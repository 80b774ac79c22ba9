"""What the card of a place says of cameras: which of them see it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from shapely.geometry import Point

from cameras import queries
from layers import context
from layers.access import Scope, opened

MOST_CAMERAS = 6


@context.part("cameras")
def cameras(scope: Scope, place: Point, at: datetime) -> list[dict[str, Any]]:
    """The cameras that see the place, nearest first, no house in between."""
    return [asdict(camera) for camera in queries.seeing(opened("cameras", scope), x=place.x, y=place.y)[:MOST_CAMERAS]]
