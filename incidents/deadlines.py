"""By when an agency answers: working days of the city's own calendar."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from geo import days_off
from geo.city import CITY

END_OF_WORK = time(17, 0)
ZONE = ZoneInfo(CITY.timezone)


def due(*, start: datetime, days: int) -> datetime:
    """The end of work on the n-th working day after `start`; days on which offices are closed do not count."""
    day = start.astimezone(ZONE).date()
    left = days
    while left > 0:
        day += timedelta(days=1)
        left -= int(not days_off.is_closed(day))
    return datetime.combine(day, END_OF_WORK, ZONE)
