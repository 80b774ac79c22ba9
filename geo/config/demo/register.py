"""The land register's rows: sheets and numbers as they were given under the units before the reform, certificates, invented land users."""

from datetime import date

import numpy as np
import shapely

from geo.config.demo import lines
from geo.config.demo.ground import Ground
from geo.config.demo.kinds import FAMILY, GIVEN, MIDDLE
from geo.config.demo.parcels import Land
from geo.config.demo.rows import Column
from layers.library.land_uses import MinimumArea

SHEET_M = 500.0
STATUSES = {"in_use": 0.97, "planned": 0.016, "disputed": 0.006, "recovered": 0.008}
# Smallest parts of a split, in m²: purpose, kind of ward, area, severity. No real decision: it says so wherever it is named.
MINIMUMS = (
    ("ODT", "phuong", 36.0, "warning"),
    ("ODT", "", 45.0, "warning"),
    ("ONT", "", 60.0, "warning"),
    ("CLN", "", 300.0, "warning"),
    ("LUC", "", 500.0, "error"),
)
SIMULATED_DECISION = "quyết định mô phỏng (không có thật)"
MINIMUMS_FROM = date(2025, 7, 1)
CERTIFIED = 0.82  # so many parcels of people have a certificate


def columns(ground: Ground, land: Land, use: np.ndarray, seed: int) -> dict[str, Column]:
    """Parcels as rows. Sheets repeat from unit to unit and numbers from sheet to sheet: only the dated code makes them one parcel."""
    chance = lines.generator(seed, "register")
    n = len(land)
    middles = shapely.get_coordinates(shapely.point_on_surface(land.shapes))
    sheet, number = _sheets_and_numbers(land, middles)
    held = ~np.isin(use, ("TSC", "DGD", "DGT", "DTL"))
    certified = held & (chance.random(n) < CERTIFIED)
    letters = np.array(["BK", "BX", "CH", "CT", "DA", "DM"], dtype=object)[chance.integers(0, 6, n)]
    serials = 100_000 + chance.permutation(max(n, 900_000))[:n]
    names = [np.array(part, dtype=object)[chance.integers(0, len(part), n)] for part in (FAMILY, MIDDLE, GIVEN)]
    old = ground.old
    return {
        "ward_code": np.array([unit.code for unit in old])[land.unit],
        "ward_valid_from": np.array([unit.valid_from.isoformat() for unit in old])[land.unit],
        "sheet_no": sheet,
        "parcel_no": number,
        "land_use": use,
        # what the certificate says was measured by other people with other means
        "legal_area_m2": np.where(certified, np.round(shapely.area(land.shapes) * chance.normal(1, 0.006, n), 1), np.nan),
        "status": np.where(held, chance.choice(np.array(list(STATUSES)), n, p=list(STATUSES.values())), "in_use"),
        "certificate_no": np.array([f"{two} {serial}" if has else "" for two, serial, has in zip(letters, serials, certified, strict=True)], dtype=object),
        "land_user_name": np.where(certified, names[0] + " " + names[1] + " " + names[2], np.where(held, "", "Nhà nước quản lý")),
        "geom": list(land.shapes),
    }


def minimums() -> list[MinimumArea]:
    """The smallest parcels that a split may leave, under a decision that is marked as simulated."""
    return [
        MinimumArea(land_use=use, ward_kind=kind, min_area_m2=area_m2, severity=severity, decision=SIMULATED_DECISION, valid_from=MINIMUMS_FROM)
        for use, kind, area_m2, severity in MINIMUMS
    ]


def _sheets_and_numbers(land: Land, middles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sheets by squares of the ground from north-west to south-east within each unit, numbers in the same order within a sheet."""
    column, row = np.floor(middles[:, 0] / SHEET_M).astype(int), np.floor(-middles[:, 1] / SHEET_M).astype(int)
    sheet, number = np.zeros(len(land), dtype=int), np.zeros(len(land), dtype=int)
    for unit in np.unique(land.unit):
        mine = np.flatnonzero(land.unit == unit)
        _, which = np.unique(np.column_stack([row[mine], column[mine]]), axis=0, return_inverse=True)
        sheet[mine] = which.ravel() + 1
        order = np.lexsort((middles[mine, 0], -middles[mine, 1], sheet[mine]))
        ordered = sheet[mine][order]
        start = np.searchsorted(ordered, ordered)
        number[mine[order]] = np.arange(len(mine)) - start + 1
    return sheet, number
