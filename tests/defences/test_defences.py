"""The table of defences holds together: every text stands where it says, every test is there, every case is answered. What is red, script/defences sees."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.defences.cases import CASES, WITHOUT
from tests.defences.defence import Defence, Swap, defence, faults
from tests.defences.every import DEFENCES
from tests.defences.page import PAGE, tables

ROOT = Path(__file__).parents[2]


@cache
def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def functions_of(name: str) -> frozenset[str]:
    return frozenset(node.name for node in ast.walk(ast.parse(text_of(name))) if isinstance(node, ast.FunctionDef))


def test_every_text_stands_once_in_its_file_and_what_stands_instead_can_be_read() -> None:
    wrong = []
    for line in DEFENCES:
        changed: dict[str, str] = {}
        for swap in line.off:
            if text_of(swap.file).count(swap.stands) != 1 or swap.stands == swap.instead:
                wrong.append(f"{swap.file} has {text_of(swap.file).count(swap.stands)} times: {swap.stands!r}")
            changed[swap.file] = changed.get(swap.file, text_of(swap.file)).replace(swap.stands, swap.instead)
        for name in changed:
            if name.endswith(".py"):
                ast.parse(changed[name], name)
    assert not wrong, "\n".join(wrong)


def test_every_test_that_a_line_names_is_there() -> None:
    named = {name.partition("[")[0] for line in DEFENCES for name in line.red}

    assert [name for name in sorted(named) if name.rpartition("::")[2] not in functions_of(name.partition("::")[0])] == []
    assert all(line.red and line.off for line in DEFENCES)


def test_every_case_has_a_line_or_a_reason_why_none() -> None:
    answered = {number for line in DEFENCES for number in line.cases}

    assert answered | WITHOUT.keys() == CASES.keys()
    assert answered & WITHOUT.keys() == set()
    numbered = {number for path in (ROOT / "tests" / "adversarial").glob("test_*.py") for name in functions_of(str(path.relative_to(ROOT)))
                for number in re.findall(r"^test_adv_(\d{3})", name)}  # fmt: skip
    assert numbered - CASES.keys() == set(), "what a test is numbered by is a case"


def test_no_two_lines_say_the_same() -> None:
    said = [(line.holds, line.off) for line in DEFENCES]

    assert len(set(said)) == len(said)


def test_the_page_prints_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert tables(page) == page, "python -m tests.defences.page"


LINE = defence("001", "what holds", ("a.py", "a", "b"), within="tests/t.py", red="test_one\ntest_two[x]")
RED = [{"test": f"tests/t.py::{name}", "when": "call", "outcome": "failed", "error": "AssertionError", "said": ""} for name in ("test_one[a]", "test_two[x]")]


def test_a_line_is_red_when_each_of_its_tests_fails_by_its_own_word() -> None:
    assert Defence(("001",), "what holds", (Swap("a.py", "a", "b"),), ("tests/t.py::test_one", "tests/t.py::test_two[x]")) == LINE
    assert faults(LINE, RED, []) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "passed", "error": ""}, "test_one: passed"),
        ({"error": "ImportError"}, "not by its own word"),
        ({"error": "OperationalError"}, "not by its own word"),
        ({"when": "setup"}, "did not begin"),
        ({"test": "tests/t.py::test_one_more"}, "there is no such test"),
    ],
)
def test_it_is_not_red_by_anything_else(change: dict[str, str], said: str) -> None:
    (fault,) = faults(LINE, [{**RED[0], **change}, RED[1]], [])

    assert said in fault


def test_a_file_that_does_not_load_is_not_red() -> None:
    assert faults(LINE, RED, ["SyntaxError"]) == ["did not load: SyntaxError"]
