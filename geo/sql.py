"""Statements that live in files: `statement("incidents", "nearest")` reads incidents/sql/nearest.sql once."""

from functools import cache
from importlib import resources


@cache
def statement(room: str, name: str) -> str:
    """The text of one .sql file. Raises FileNotFoundError when the room has no such statement."""
    return resources.files(room).joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
