"""The Django app of the layers."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from layers import autodiscovery, history


class LayersConfig(AppConfig):
    name = "layers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscovery.discover()
        post_migrate.connect(history.install, sender=self)
