"""The Django app of the cameras."""

from importlib import import_module

from django.apps import AppConfig


class CamerasConfig(AppConfig):
    name = "cameras"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Only now do the models stand that it speaks of.
        import_module("cameras.around")
