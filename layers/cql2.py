"""Filters in CQL2, text and JSON, as SQL over an Opened: a closed list of operators and properties, every value a parameter.

Text is read into the tree that JSON already is, so there is one compiler. It refuses what is longer, deeper or wider than a person
would write, a property that the caller may not see, a function that is not listed, and a value that is not of its property's type.
"""

import json
import math
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import shapely
from psycopg2 import sql
from shapely.geometry import mapping
from shapely.geometry import shape as shape_of

from geo.city import CITY
from geo.crs import CITY_SRID
from geo.errors import Problem, define
from layers.access import Opened, column_of
from layers.layer import Field

LONGEST_BYTES = 8_000
DEEPEST = 20
MOST_TERMS = 200
MOST_VERTICES = 5_000
# Wider than any data lies; what is beyond is cut off, because the city's projection knows no other side of the earth.
MARGIN_DEG = 1.0
EDGE_DEG = 0.05

BAD_FILTER = define("bad_filter", 400, "Bộ lọc không hợp lệ", "The filter cannot be read")
TOO_COMPLEX = define("filter_too_complex", 400, "Bộ lọc quá phức tạp", "The filter is too complex")
UNKNOWN_FUNCTION = define("unknown_function", 400, "Không có hàm này", "There is no such function")
UNKNOWN_PROPERTY = define("unknown_property", 400, "Tham số hoặc thuộc tính không có", "There is no such parameter or property")

COMPARISONS = {"=": "=", "<>": "<>", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
SPATIAL = {
    name: f"public.st_{name[2:]}" for name in ("s_intersects", "s_disjoint", "s_within", "s_contains", "s_touches", "s_crosses", "s_overlaps", "s_equals")
}
# Cutting the literal to the city changes nothing for these.
CUTTABLE = frozenset({"s_intersects", "s_disjoint", "s_within"})
LETTERS = {"casei": "pg_catalog.lower({})", "accenti": "public.nbioc_fold({})"}
TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*|\"[^\"]+\")|(?P<sign><>|<=|>=|[=<>(),]))"
)
WKT = re.compile(r"(MULTI)?(POINT|LINESTRING|POLYGON)\Z")
Tree = Any


@dataclass
class Condition:
    """A compiled filter."""

    where: sql.Composable
    params: dict[str, Any] = field(default_factory=dict)


def condition(seen: Opened, text: str, language: str) -> Condition:
    """Compile a filter. Raises BAD_FILTER, TOO_COMPLEX, UNKNOWN_FUNCTION or UNKNOWN_PROPERTY."""
    if len(text.encode()) > LONGEST_BYTES:
        raise TOO_COMPLEX(f"Tối đa {LONGEST_BYTES:,} byte.", f"At most {LONGEST_BYTES:,} bytes.")
    try:
        tree = json.loads(text, parse_constant=_no_number) if language == "cql2-json" else _Reader(text).whole()
    except (ValueError, RecursionError) as error:
        raise bad(f"is not {language}") from error
    compiler = _Compiler(seen)
    return Condition(compiler.truth(tree, 0), compiler.params)


def bad(en: str) -> Problem:
    return BAD_FILTER(f"Bộ lọc sai: {en}.", f"The filter {en}.", parameter="filter")


def _no_number(text: str) -> float:
    raise ValueError(text)


class _Reader:
    """CQL2 text into the tree of CQL2 JSON."""

    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text.rstrip()):
            found = TOKEN.match(text, at)
            if found is None:
                raise bad(f"cannot be read from {text[at : at + 20]!r}")
            self.tokens.append((found.lastgroup or "", found[found.lastgroup or 0]))
            at = found.end()
            if len(self.tokens) > MOST_VERTICES * 3:
                raise TOO_COMPLEX()
        self.at = self.depth = 0

    def whole(self) -> Tree:
        tree = self._or()
        if self.at != len(self.tokens):
            raise bad(f"goes on after its end with {self.tokens[self.at][1][:40]!r}")
        return tree

    def _word(self, ahead: int = 0) -> str:
        """The next name or sign in capitals; empty for anything else."""
        kind, text = self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ("", "")
        return text.upper() if kind in ("name", "sign") else ""

    def _take(self, *words: str) -> bool:
        if self._word() in words and words:
            self.at += 1
            return True
        return False

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise bad(f"lacks {word}")

    def _or(self) -> Tree:
        return self._many("OR", lambda: self._many("AND", self._not))

    def _many(self, word: str, one: Any) -> Tree:
        args = [one()]
        while self._take(word):
            args.append(one())
        return args[0] if len(args) == 1 else {"op": word.lower(), "args": args}

    def _not(self) -> Tree:
        if self._take("NOT"):
            return {"op": "not", "args": [self._deeper(self._not)]}
        if self._word() == "(":
            return self._deeper(self._parenthesis)
        return self._predicate()

    def _deeper(self, read: Any) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise TOO_COMPLEX(f"Tối đa {DEEPEST} lớp.", f"At most {DEEPEST} deep.")
        tree = read()
        self.depth -= 1
        return tree

    def _parenthesis(self) -> Tree:
        self._need("(")
        tree = self._or()
        self._need(")")
        return tree

    def _predicate(self) -> Tree:
        left = self._value()
        if isinstance(left, dict) and left.get("op", "").startswith("s_"):
            return left
        if self._word() in COMPARISONS:
            sign = self._word()
            self.at += 1
            return {"op": sign, "args": [left, self._value()]}
        if self._take("IS"):
            negated = self._take("NOT")
            self._need("NULL")
            return _negated(negated, {"op": "isNull", "args": [left]})
        negated = self._take("NOT")
        if self._take("LIKE"):
            return _negated(negated, {"op": "like", "args": [left, self._value()]})
        if self._take("BETWEEN"):
            low = self._value()
            self._need("AND")
            return _negated(negated, {"op": "between", "args": [left, low, self._value()]})
        if self._take("IN"):
            return _negated(negated, {"op": "in", "args": [left, self._list()]})
        if negated:
            raise bad("has a NOT without LIKE, BETWEEN or IN")
        return left

    def _list(self) -> list[Tree]:
        self._need("(")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._need(")")
        return values

    def _value(self) -> Tree:
        if self.at >= len(self.tokens):
            raise bad("ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "string":
            return text[1:-1].replace("''", "'")
        if kind == "number":
            return int(text) if re.fullmatch(r"[+-]?\d{1,18}", text) else float(text)
        if kind != "name":
            raise bad(f"has {text[:40]!r} where a value belongs")
        word = text.upper()
        if word in ("TRUE", "FALSE"):
            return word == "TRUE"
        if WKT.match(word):
            return self._wkt(word)
        if self._word() == "(":
            args = self._deeper(self._list)
            return (
                {word.lower(): args}
                if word == "BBOX"
                else {word.lower(): args[0]}
                if word in ("DATE", "TIMESTAMP") and len(args) == 1
                else {"op": word.lower(), "args": args}
            )
        return {"property": text.strip('"')}

    def _wkt(self, word: str) -> Tree:
        """The tokens up to the closing parenthesis are a shape."""
        parts, depth = [word], 0
        while self.at < len(self.tokens):
            text = self.tokens[self.at][1]
            depth += (text == "(") - (text == ")")
            parts.append(text)
            self.at += 1
            if depth == 0:
                break
        try:
            return json.loads(json.dumps(mapping(shapely.from_wkt(" ".join(parts)))))
        except (shapely.errors.ShapelyError, ValueError, AttributeError) as error:
            raise bad("has a shape that cannot be read") from error


def _negated(negated: bool, tree: Tree) -> Tree:
    return {"op": "not", "args": [tree]} if negated else tree


class _Compiler:
    """The tree as SQL, and its values as parameters."""

    def __init__(self, seen: Opened) -> None:
        self.seen = seen
        self.fields = {one.name: one for one in seen.fields}
        self.params: dict[str, Any] = {}
        self.terms = 0

    def truth(self, tree: Tree, depth: int) -> sql.Composable:
        """A condition."""
        self._count(depth)
        if isinstance(tree, bool):
            return sql.SQL("true" if tree else "false")
        if isinstance(tree, dict) and "property" in tree and (known := self._field(tree)).type == "bool":
            return column_of(known)
        op, args = _call(tree)
        if op in ("and", "or"):
            _need_args(len(args) >= 2)
            return sql.SQL("(") + sql.SQL(f" {op} ").join(self.truth(one, depth + 1) for one in args) + sql.SQL(")")
        if op == "not":
            _need_args(len(args) == 1)
            return sql.SQL("(not {})").format(self.truth(args[0], depth + 1))
        if op in COMPARISONS:
            return self._comparison(op, args, depth)
        if op == "isnull":
            _need_args(len(args) == 1)
            return sql.SQL("({} is null)").format(self._side(args[0], None, depth)[0])
        if op == "between":
            _need_args(len(args) == 3)
            of, type_ = self._side(args[0], None, depth)
            return sql.SQL("({} between {} and {})").format(of, self._side(args[1], type_, depth)[0], self._side(args[2], type_, depth)[0])
        if op == "in":
            _need_args(len(args) == 2 and isinstance(args[1], list) and bool(args[1]))
            of, type_ = self._side(args[0], None, depth)
            return sql.SQL("({} in ({}))").format(of, sql.SQL(", ").join(self._side(one, type_, depth)[0] for one in args[1]))
        if op == "like":
            return self._like(args, depth)
        if op in SPATIAL:
            return self._spatial(op, args)
        raise UNKNOWN_FUNCTION(f"Không có {op[:60]!r}.", f"There is no {op[:60]!r}.", parameter="filter")

    def _count(self, depth: int) -> None:
        self.terms += 1
        if depth > DEEPEST or self.terms > MOST_TERMS:
            raise TOO_COMPLEX(f"Tối đa {DEEPEST} lớp, {MOST_TERMS} vế.", f"At most {DEEPEST} deep and {MOST_TERMS} terms.", parameter="filter")

    def _comparison(self, op: str, args: list[Tree], depth: int) -> sql.Composable:
        _need_args(len(args) == 2)
        # The side with a property says what the other has to be.
        first, second = (1, 0) if _is_literal(args[0]) else (0, 1)
        of, type_ = self._side(args[first], None, depth)
        sides = {first: of, second: self._side(args[second], type_, depth)[0]}
        return sql.SQL("({} {} {})").format(sides[0], sql.SQL(COMPARISONS[op]), sides[1])

    def _like(self, args: list[Tree], depth: int) -> sql.Composable:
        _need_args(len(args) == 2)
        of, type_ = self._side(args[0], None, depth)
        if type_ != "text":
            raise bad("has a LIKE on something that is not text")
        return sql.SQL("({} like {})").format(of, self._side(args[1], "text", depth)[0])

    def _side(self, tree: Tree, type_: str | None, depth: int) -> tuple[sql.Composable, str]:
        """A value, and its type: a property's own, or what the other side asks for."""
        self._count(depth)
        if isinstance(tree, dict) and "property" in tree:
            known = self._field(tree)
            if known.type in ("list", "json"):
                raise bad(f"compares {known.name}, which is a {known.type}")
            if type_ is not None and _family(known.type) != _family(type_):
                raise bad(f"compares {known.name} with a {type_}")
            return column_of(known), known.type
        if isinstance(tree, dict) and "op" in tree:
            op, args = _call(tree)
            if op not in LETTERS:
                raise UNKNOWN_FUNCTION(f"Không có hàm {op[:60]!r}.", f"There is no function {op[:60]!r}.", parameter="filter")
            _need_args(len(args) == 1)
            inner, kind = self._side(args[0], "text", depth + 1)
            if kind != "text" or depth > DEEPEST:
                raise bad(f"has {op} of something that is not text")
            return sql.SQL(LETTERS[op]).format(sql.SQL("{}::text").format(inner)), "text"
        value, kind = _literal(tree, type_)
        return self._parameter(value), kind

    def _parameter(self, value: Any) -> sql.Composable:
        name = f"cql{len(self.params)}"
        self.params[name] = value
        return sql.Placeholder(name)

    def _field(self, tree: dict[str, Any]) -> Field:
        name = tree["property"]
        if not isinstance(name, str) or name not in self.fields:
            raise UNKNOWN_PROPERTY(f"Không có thuộc tính {str(name)[:60]!r}.", f"There is no property {str(name)[:60]!r}.", parameter="filter")
        return self.fields[name]

    def _spatial(self, op: str, args: list[Tree]) -> sql.Composable:
        """The feature's shape against a shape in degrees; the other way round is the mirrored relation."""
        _need_args(len(args) == 2)
        ours = [isinstance(one, dict) and one.get("property") in ("geometry", "geom") for one in args]
        if ours not in ([True, False], [False, True]):
            raise bad("compares something else than the geometry with a shape")
        if ours[1]:
            op = {"s_within": "s_contains", "s_contains": "s_within"}.get(op, op)
        literal = _shape(args[1] if ours[0] else args[0])
        west, south, east, north = CITY.bounds
        city = shapely.box(west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG)
        if not city.covers(literal):
            if op not in CUTTABLE:
                return sql.SQL("false")
            literal = shapely.intersection(literal, city)
            if literal.is_empty:
                return sql.SQL("true" if op == "s_disjoint" else "false")
        wkb = self._parameter(shapely.segmentize(literal, EDGE_DEG).wkb_hex)
        shape = sql.SQL("public.st_transform(public.st_setsrid({}::public.geometry, 4326), {})").format(wkb, sql.Literal(CITY_SRID))
        return sql.SQL("{}({}, {})").format(sql.SQL(SPATIAL[op]), self.seen.geometry, shape)


def _call(tree: Tree) -> tuple[str, list[Tree]]:
    if not isinstance(tree, dict) or not isinstance(tree.get("op"), str) or not isinstance(tree.get("args"), list):
        raise bad("has something that is not an operation where a condition belongs")
    return tree["op"].lower(), tree["args"]


def _need_args(right: bool) -> None:
    if not right:
        raise bad("has an operation with the wrong number of arguments")


def _is_literal(tree: Tree) -> bool:
    return not (isinstance(tree, dict) and ("property" in tree or "op" in tree))


def _family(type_: str) -> str:
    return {"int": "number", "float": "number", "date": "time", "datetime": "time"}.get(type_, type_)


def _literal(tree: Tree, type_: str | None) -> tuple[Any, str]:
    """A value of the wanted type. Raises BAD_FILTER."""
    value, kind = _plain(tree)
    if type_ is None or _family(kind) == _family(type_):
        return value, kind
    raise bad(f"compares a {type_} with {str(tree)[:40]!r}")


def _plain(tree: Tree) -> tuple[Any, str]:
    if isinstance(tree, bool):
        return tree, "bool"
    if isinstance(tree, int | float) and math.isfinite(tree) and abs(tree) < 2**63:
        return tree, "float"
    if isinstance(tree, str) and "\0" not in tree:
        return unicodedata.normalize("NFC", tree), "text"
    try:
        if isinstance(tree, dict) and isinstance(tree.get("date"), str):
            return date.fromisoformat(tree["date"]), "date"
        if isinstance(tree, dict) and isinstance(tree.get("timestamp"), str):
            moment = datetime.fromisoformat(tree["timestamp"].upper())
            if moment.tzinfo is None:
                raise ValueError
            return moment, "datetime"
    except ValueError as error:
        raise bad(f"has a time that cannot be read: {str(tree)[:60]!r}") from error
    raise bad(f"has {str(tree)[:40]!r} where a value belongs")


def _shape(tree: Tree) -> Any:
    """A valid shape in degrees of bounded size."""
    try:
        if isinstance(tree, dict) and isinstance(tree.get("bbox"), list):
            edges = [float(edge) for edge in tree["bbox"]]
            west, south, east, north = edges if len(edges) == 4 else (edges[0], edges[1], edges[3], edges[4])
            found = shapely.box(west, south, east, north)
        elif isinstance(tree, dict) and isinstance(tree.get("type"), str) and tree["type"] != "GeometryCollection":
            found = shape_of(tree)
        else:
            raise ValueError
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError, shapely.errors.ShapelyError) as error:
        raise bad("has a shape that cannot be read") from error
    if shapely.get_num_coordinates(found) > MOST_VERTICES:
        raise TOO_COMPLEX(f"Tối đa {MOST_VERTICES:,} đỉnh.", f"At most {MOST_VERTICES:,} vertices.", parameter="filter")
    bounds = shapely.bounds(found)
    if (
        found.is_empty
        or not all(math.isfinite(edge) for edge in bounds)
        or bounds[0] < -180
        or bounds[1] < -90
        or bounds[2] > 180
        or bounds[3] > 90
        or not found.is_valid
    ):
        raise bad("has a shape that is empty, not valid, or not in degrees")
    return shapely.force_2d(found)
