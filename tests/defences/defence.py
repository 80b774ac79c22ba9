"""What a defence is in the table: the text that holds, what stands there when it is switched off, and the tests that must then be red."""

from dataclasses import dataclass

Reports = list[dict[str, str]]
# How a test says that something is not as it should be: an assertion, `pytest.raises` of what was not raised, or the code of a refusal
# looked for in an answer that is none.
NO_REFUSAL = "no refusal"
ASSERTED = frozenset({"AssertionError", "Failed", NO_REFUSAL})


@dataclass(frozen=True)
class Swap:
    """A text that stands once in a file, and what stands there instead.

    `sql` is done in the tests' database besides: what a migration put there goes with no text of today.
    """

    file: str
    stands: str
    instead: str
    sql: str = ""


@dataclass(frozen=True)
class Defence:
    """One defence, or several that hold together and are switched off together: a case stays green with any one of those gone.

    cases: the numbers or names of tests/defences/cases.py that it answers. red: the tests, each a function or one of its parameters, that must fail
    by their own assertion. meets: where a test has no words for what comes instead (a refusal of the database), the error that it may meet.
    """

    cases: tuple[str, ...]
    holds: str
    off: tuple[Swap, ...]
    red: tuple[str, ...]
    meets: frozenset[str] = frozenset()


def defence(cases: str, holds: str, *off: tuple[str, str, str] | Swap, red: str, within: str = "", meets: str = "") -> Defence:
    """A line of the table. `red` is names of tests, one a line; `within` is the file of those that name none."""
    names = [line.strip() for line in red.splitlines() if line.strip()]
    return Defence(
        tuple(cases.split(", ")),
        holds,
        tuple(one if isinstance(one, Swap) else Swap(*one) for one in off),
        tuple(name if "::" in name else f"{within}::{name}" for name in names),
        frozenset(meets.split()),
    )


def of_test(name: str, test: str) -> bool:
    """Whether a test that ran is the one that is named, or one of its parameters."""
    return test == name or test.startswith(f"{name}[")


def faults(line: Defence, reports: Reports, broken: list[str]) -> list[str]:
    """Why a line is not red by its tests' own word; empty where it is. `reports` tell of each phase of each test, `broken` of files that did not load."""
    if broken:
        return [f"did not load: {broken[0]}"]
    return [fault for name in line.red if (fault := _fault(name, line.meets, [one for one in reports if of_test(name, one["test"])]))]


def _fault(name: str, meets: frozenset[str], reports: Reports) -> str:
    short = name.rpartition("::")[2]
    if not reports:
        return f"{short}: there is no such test"
    called = [one for one in reports if one["when"] == "call"]
    if not called:
        return f"{short}: did not begin: {reports[0]['error']} {reports[0]['said']}"
    failed = [one for one in called if one["outcome"] == "failed"]
    if not failed:
        return f"{short}: {called[0]['outcome']}"
    if not any(one["error"] in ASSERTED | meets for one in failed):
        return f"{short}: ended by {failed[0]['error']}, not by its own word: {failed[0]['said']}"
    return ""
