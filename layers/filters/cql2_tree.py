"""What a filter may be at all: its size, the refusals with their codes, and the tree that CQL2 JSON is and CQL2 text is read into."""

from typing import Any

from geo.errors import Problem, define

LONGEST_BYTES = 8_000
DEEPEST = 20
MOST_TERMS = 200
MOST_VERTICES = 5_000

BAD_FILTER = define("bad_filter", 400, "Bộ lọc không hợp lệ", "The filter cannot be read")
TOO_COMPLEX = define("filter_too_complex", 400, "Bộ lọc quá phức tạp", "The filter is too complex")
UNKNOWN_FUNCTION = define("unknown_function", 400, "Không có hàm này", "There is no such function")
UNKNOWN_PROPERTY = define("unknown_property", 400, "Tham số hoặc thuộc tính không có", "There is no such parameter or property")

Tree = Any


def bad(en: str) -> Problem:
    return BAD_FILTER(f"Bộ lọc sai: {en}.", f"The filter {en}.", parameter="filter")


def too_complex() -> Problem:
    return TOO_COMPLEX(f"Tối đa {DEEPEST} lớp, {MOST_TERMS} vế.", f"At most {DEEPEST} deep and {MOST_TERMS} terms.", parameter="filter")


def unknown_function(name: str) -> Problem:
    return UNKNOWN_FUNCTION(f"Không có hàm {name[:60]!r}.", f"There is no function {name[:60]!r}.", parameter="filter")


def unknown_property(name: Any) -> Problem:
    return UNKNOWN_PROPERTY(f"Không có thuộc tính {str(name)[:60]!r}.", f"There is no property {str(name)[:60]!r}.", parameter="filter")


def called(tree: Tree) -> tuple[str, list[Tree]]:
    """The operation of a tree in small letters, and its arguments. Raises BAD_FILTER for a tree that is none."""
    if not isinstance(tree, dict) or not isinstance(tree.get("op"), str) or not isinstance(tree.get("args"), list):
        raise bad("has something that is not an operation where a condition belongs")
    return tree["op"].lower(), tree["args"]


def need_args(right: bool) -> None:
    if not right:
        raise bad("has an operation with the wrong number of arguments")
