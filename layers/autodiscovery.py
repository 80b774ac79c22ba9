"""Finds every layer: each file of layers/library, and the `layer` module of each installed app."""

import pkgutil
from importlib import import_module

from django.utils.module_loading import autodiscover_modules

from layers import library


def library_modules() -> list[str]:
    """The dotted names of the library's files, in alphabetical order."""
    return sorted(f"{library.__name__}.{found.name}" for found in pkgutil.iter_modules(library.__path__))


def import_library() -> None:
    """Import the library's models; layers.models does so while Django loads its apps."""
    for name in library_modules():
        import_module(name)


def discover() -> None:
    """Import the layers of every other app, once all models are there."""
    autodiscover_modules("layer")
