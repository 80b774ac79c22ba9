"""`manage.py calibrate`: what was foreseen of the ways against what they took; `--propose` fits speeds from it, `--approve N --because …` puts them in force."""

import json
from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.city import CITY
from geo.errors import Problem
from incidents.dispatch import calibrating
from layers.ways import pacing

DAYS = 90


class Command(BaseCommand):
    help = "Compare foreseen with real arrivals; propose, approve or withdraw fitted speeds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="since", type=date.fromisoformat, help=f"First day (default: {DAYS} days ago).")
        parser.add_argument("--to", dest="until", type=date.fromisoformat, help="Last day (default: today).")
        parser.add_argument("--propose", action="store_true", help="Keep a set of fitted factors that is not in force.")
        parser.add_argument("--approve", type=int, metavar="N", help="Put a proposed set in force.")
        parser.add_argument("--withdraw", action="store_true", help="Go back to the assumed speeds.")
        parser.add_argument("--because", default="", help="Why, for --approve and --withdraw.")

    def handle(self, *_: Any, **given: Any) -> None:
        at = timezone.now()
        try:
            if given["approve"] is not None:
                fit = pacing.approve(fit_id=given["approve"], because=given["because"], by=None, at=at)
                self.stdout.write(f"in force: {fit}, {len(fit.factors)} factors from {fit.trips} trips")
            elif given["withdraw"]:
                pacing.withdraw(because=given["because"], by=None, at=at)
                self.stdout.write("in force: the assumed speeds")
            else:
                self._compare(given, at)
        except Problem as problem:
            raise CommandError(f"{problem.code}: {problem.en or problem.title_en}") from problem

    def _compare(self, given: dict[str, Any], at: datetime) -> None:
        today = at.astimezone(ZoneInfo(CITY.timezone)).date()
        until = midnight((given["until"] or today) + timedelta(days=1))
        since = midnight(given["since"]) if given["since"] else until - timedelta(days=DAYS)
        found, left_out = calibrating.trips(since=since, until=until)
        told = calibrating.report(found, left_out=left_out)
        self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
        if given["propose"]:
            judged = calibrating.judged(found)
            factors = calibrating.fit(found)
            fit = pacing.propose(factors=factors, since=since, until=until, trips=len(found), report={**told, "judged": judged}, by=None, at=at)
            self.stdout.write(json.dumps(judged))
            self.stdout.write(f"proposed: {fit}, {len(fit.factors)} factors; to use them: manage.py calibrate --approve {fit.pk} --because …")


def midnight(day: date) -> datetime:
    """When a day of the city begins."""
    return datetime.combine(day, time(), ZoneInfo(CITY.timezone))
