"""The Django app that wires the rooms together and carries the demo city."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "geo.config"
    label = "config"
