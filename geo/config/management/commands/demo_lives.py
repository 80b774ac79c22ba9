"""`manage.py demo_lives`: what goes on by itself in the demo city, until it is stopped."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand
from django.db import Error, connection
from django.utils import timezone

from geo.config.demo import living

EVERY_S = 5.0
log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Let the demo city's units move and its cases end; does nothing in a city whose data is real."

    def handle(self, *args: Any, **given: Any) -> None:
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        while not ended.is_set():
            try:
                living.live(timezone.now())
            except Error as error:
                log.warning("demo: %s, trying again", type(error).__name__)
                connection.close()
            ended.wait(EVERY_S)
