"""What the documents promise of the source: no hidden imports, a first sentence in every module, links that lead somewhere, errors in both languages."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import get_resolver

from geo.errors import CODES

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("geo", "layers", "tiles", "cameras", "incidents")
MODULES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts)
# Explained in docs/architecture.md, "Imports inside functions".
EXPLAINED: set[str] = set()
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def hidden_imports(path: Path) -> list[int]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return sorted({inner.lineno for function in functions for inner in ast.walk(function) if isinstance(inner, ast.Import | ast.ImportFrom)})


def test_no_import_hides_inside_a_function() -> None:
    found = {str(path.relative_to(ROOT)): lines for path in MODULES if (lines := hidden_imports(path))}

    assert set(found) == EXPLAINED, found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_first_what_it_holds(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if text.strip():
        first = ast.get_docstring(ast.parse(text))
        assert first and first.split("\n")[0].endswith((".", ":", "?", "!"))


@pytest.mark.parametrize("document", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]), ids=lambda path: path.name)
def test_every_link_of_the_documents_leads_somewhere(document: Path) -> None:
    missing = [link for link in LINK.findall(document.read_text(encoding="utf-8")) if not (document.parent / link).exists()]

    assert missing == []


def test_every_refusal_is_worded_in_both_languages() -> None:
    get_resolver().url_patterns  # noqa: B018 (every room is loaded with its addresses)
    assert len(CODES) > 30
    assert [code for code, problem in CODES.items() if not (problem.title_vi and problem.title_en and problem.title_vi != problem.title_en)] == []
    assert [code for code, problem in CODES.items() if not 400 <= problem.status <= 599] == []
