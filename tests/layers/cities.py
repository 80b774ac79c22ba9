"""A city for any place: the first city's profile moved there, its CRS the UTM zone of the place."""

import tomllib
from pathlib import Path

from geo.city import BUILT_IN

MARGIN_DEG = 0.5


def profile(path: Path, *, slug: str, bounds: tuple[float, float, float, float]) -> Path:
    """Write the profile of a city that accepts data from these bounds and a little around."""
    west, south, east, north = bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    zone = int((lon + 180) // 6) + 1
    moved = {
        "slug": f'slug = "{slug}"',
        "srid": f"srid = {(32600 if lat >= 0 else 32700) + zone}",
        "bounds": f"bounds = [{max(-180.0, west - MARGIN_DEG)}, {max(-89.0, south - MARGIN_DEG)}, {min(180.0, east + MARGIN_DEG)}, {min(89.0, north + MARGIN_DEG)}]",
        "demo": 'demo = ""',
    }
    head, table, rest = BUILT_IN.read_text(encoding="utf-8").partition("\n[")
    kept = [line for line in head.splitlines() if line.split("=")[0].strip() not in moved]
    text = "\n".join([*kept, *moved.values()]) + table + rest
    tomllib.loads(text)
    path.write_text(text, encoding="utf-8")
    return path
