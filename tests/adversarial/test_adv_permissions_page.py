"""The page on permissions prints the very tables that the oracle decides by."""

from pathlib import Path

from tests.adversarial.permissions_oracle import LAYERS, ROLES, Sheet

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"


def roles() -> str:
    return "\n".join(["| role | may |", "|---|---|", *(f"| {role} | {', '.join(f'`{one}`' for one in sorted(able))} |" for role, able in ROLES.items())])


def layers() -> str:
    head = ["| layer | sees | changes | own | review | fields for few |", "|---|---|---|---|---|---|"]
    return "\n".join(head + [f"| {slug} | {_sees(sheet)} | {_code(sheet.edit)} | {_code(sheet.own)} | {'yes' if sheet.review else ''} | {_few(sheet)} |"
                             for slug, sheet in LAYERS.items() if slug not in ("wells", "masked")])  # fmt: skip


def _code(name: str | None) -> str:
    return f"`{name}`" if name else ""


def _sees(sheet: Sheet) -> str:
    return ", ".join((_code(ability) or "everybody") + (f" ({rule})" if rule != "every" else "") for ability, rule in sheet.sees.items())


def _few(sheet: Sheet) -> str:
    return ", ".join(f"{name}: {_code(ability)}" for name, ability in sheet.hides.items())


def test_the_page_prints_what_the_oracle_decides_by() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert roles() in page
    assert layers() in page
