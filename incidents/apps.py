"""The Django app of the cases."""

from importlib import import_module

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IncidentsConfig(AppConfig):
    name = "incidents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Only now do the models stand that it speaks of.
        import_module("incidents.around")
        import_module("layers.watching").looked_at.connect(import_module("incidents.compartments").given_out, sender=import_module("incidents.layer").Incidents)
        post_migrate.connect(import_module("incidents.units.unit_map").install, sender=self)
