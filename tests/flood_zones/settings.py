"""The city's settings with the scratch app among its apps: the one line that installs it."""

from geo.config.settings import *  # noqa: F403
from geo.config.settings import INSTALLED_APPS as CITY_APPS

INSTALLED_APPS = [*CITY_APPS, "tests.flood_zones"]
