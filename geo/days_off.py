"""Which days the city's offices are closed: weekends, the country's public holidays, movable and made up for, and the city's own days.

It refuses a start with a country whose holidays are not known.
"""

from collections.abc import Iterable
from datetime import date

import holidays

from geo.city import CITY, BadProfile


def _of_country(code: str, years: Iterable[int] = ()) -> holidays.HolidayBase:
    """The country's calendar, year by year as it is asked for: Tết and the Hùng Kings' day move with the moon, and what falls on a weekend is made up for."""
    if not code:
        return holidays.HolidayBase()
    try:
        return holidays.country_holidays(code, years=years)
    except NotImplementedError as error:
        raise BadProfile(f"holidays_of {code!r} must be a country (ISO 3166) whose holidays are known.") from error


COUNTRY = _of_country(CITY.holidays_of)


def is_closed(day: date) -> bool:
    """Whether offices are closed on a day."""
    return day.weekday() not in CITY.working_days or day.strftime("%m-%d") in CITY.holidays or day in COUNTRY


def between(first: date, last: date) -> list[date]:
    """The holidays from `first` to `last`, whatever day of the week they are."""
    years = range(first.year, last.year + 1)
    own = {date(year, int(text[:2]), int(text[3:])) for year in years for text in CITY.holidays}
    return sorted(day for day in {*own, *_of_country(CITY.holidays_of, years)} if first <= day <= last)
