"""The tables of docs/adversarial.md, as the table of defences has them; `python -m tests.defences.page` writes them into the page."""

import re
from pathlib import Path

from tests.defences.cases import GROUPS, WITHOUT
from tests.defences.defence import Defence
from tests.defences.every import DEFENCES

PAGE = Path(__file__).parents[2] / "docs" / "adversarial.md"
HEAD = "| case | switched off, and then red | by |\n|---|---|---|"


def tables(page: str) -> str:
    """The page with what stands under each group's title as the table says it."""
    for group, cases in GROUPS.items():
        rows = [row for number, title in cases.items() for row in _rows(number, title)]
        page = re.sub(rf"(## {re.escape(group)}\n\n(?:[^|#\n][^\n]*\n\n)*)(?:\|[^\n]*\n)*", lambda found: found[1] + "\n".join([HEAD, *rows]) + "\n", page)  # noqa: B023
    return page


def _rows(number: str, title: str) -> list[str]:
    """A row a defence; the case is named once."""
    lines = [line for line in DEFENCES if number in line.cases]
    name = f"{number} {title}" if number.isdigit() else f"**{number}**: {title}"
    if number in WITHOUT:
        return [f"| {name} | none: {WITHOUT[number]} | – |"]
    return [f"| {'' if place else name} | {line.holds} | {_tests(line)} |" for place, line in enumerate(lines)]


def _tests(line: Defence) -> str:
    files = dict.fromkeys(name.partition("::")[0].rpartition("/")[2].removeprefix("test_").removesuffix(".py") for name in line.red)
    return ", ".join(f"`{file}`" for file in files)


if __name__ == "__main__":
    PAGE.write_text(tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
