"""The Django app of the tiles."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import import_string

from tiles import indexes, stamps


class TilesConfig(AppConfig):
    name = "tiles"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(stamps.install, sender=self)
        post_migrate.connect(indexes.install, sender=self)
        # by name: this module is read before there are models
        import_string("layers.making.made.table_made").connect(stamps.install_made)
