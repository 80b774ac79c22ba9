"""The Django app of the layers."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

from layers import autodiscovery, sanity
from layers.remembering import history


def install_land_uses(**_: Any) -> None:
    """The list of land uses that a city starts with; its model stands only after the apps are ready."""
    import_module("layers.library.land_uses").install()


def install_pulse(**_: Any) -> None:
    """The tables of streets and canals get their pulse; their models stand only after the apps are ready."""
    import_module("layers.ways.travel").install()


class LayersConfig(AppConfig):
    name = "layers"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        autodiscovery.discover()
        post_migrate.connect(history.install, sender=self)
        post_migrate.connect(sanity.install, sender=self)
        post_migrate.connect(install_pulse, sender=self)
        post_migrate.connect(install_land_uses, sender=self)
        # Only now do the models stand that these speak of.
        search, made = import_module("layers.search"), import_module("layers.making.made")
        import_module("layers.cadastre.land_rules")
        import_module("layers.changing.editing").applied.connect(import_module("layers.cadastre.lineage").remember)
        post_migrate.connect(search.install, sender=self)
        import_module("layers.layer").registry.look = made.refresh
        made.table_made.connect(search.index_made)
        made.table_made.connect(sanity.install_made)
