"""`manage.py clock`: ticks until it is stopped. Several may run; one at a time ticks."""

import logging
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.utils import timezone

from incidents import clock

EVERY_S = 2.0
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Look every few seconds for what is due: alarms, escalations, check-ins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=EVERY_S, metavar="SECONDS")
        parser.add_argument("--once", action="store_true", help="tick once and end")

    def handle(self, *_: Any, every: float, once: bool, **given: Any) -> None:
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        while not ended.is_set():
            try:
                clock.tick(timezone.now())
            except Error as error:
                # The database is away: the next tick finds all that this one missed.
                log.warning("clock: %s, trying again", type(error).__name__)
                connection.close()
            if once:
                return
            ended.wait(every)
