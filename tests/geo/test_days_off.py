"""The days on which nobody answers: those that move with the moon, those that are made up for, and the weekend."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from geo import days_off
from geo.city import BUILT_IN

# 2026 and 2027 as the government has decided them; Tết and the Hùng Kings' day are by the moon.
CLOSED = [date(2026, 2, 17), date(2026, 2, 20), date(2026, 4, 27), date(2026, 9, 2), date(2027, 2, 8), date(2026, 11, 28)]
OPEN = [date(2026, 2, 23), date(2026, 4, 28), date(2026, 11, 26)]


@pytest.mark.parametrize("day", CLOSED)
def test_nobody_works_on_a_day_off(day: date) -> None:
    assert days_off.is_closed(day)


@pytest.mark.parametrize("day", OPEN)
def test_everybody_works_on_the_others(day: date) -> None:
    assert not days_off.is_closed(day)


def test_the_holidays_of_a_span_cross_the_new_year() -> None:
    assert days_off.between(date(2026, 12, 30), date(2027, 2, 5)) == [date(2027, 1, 1), date(2027, 2, 4), date(2027, 2, 5)]


def test_a_country_that_nobody_knows_is_refused_at_the_start(tmp_path: Path) -> None:
    profile = tmp_path / "city.toml"
    profile.write_text(BUILT_IN.read_text().replace('holidays_of = "VN"', 'holidays_of = "XX"'))

    began = subprocess.run([sys.executable, "-c", "import geo.days_off"], env={"NBIOC_CITY": str(profile)}, capture_output=True, text=True, check=False)

    assert began.returncode == 1
    assert "holidays_of 'XX'" in began.stderr
