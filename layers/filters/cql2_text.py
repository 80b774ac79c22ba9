"""CQL2 text read into the tree of CQL2 JSON, after the grammar of OGC 21-065r2, annex B, within the caps of cql2_tree."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import shapely
from shapely.geometry import mapping

from layers.filters.cql2_tree import DEEPEST, MOST_VERTICES, Tree, bad, too_complex

COMPARISONS = ("=", "<>", "<", ">", "<=", ">=")
# Each alternative begins with a letter of its own, so that no text is tried twice.
TOKEN = re.compile(
    r"""\s*(?:(?P<string>'(?:''|\\'|[^'])*')|(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)"""
    r"""|(?P<name>[^\W\d][\w:.]*|"[^"]+")|(?P<sign><>|<=|>=|[=<>(),+\-*/%^]))"""
)
WHOLE = re.compile(r"\d{1,18}")
WKT = re.compile(r"(?:(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\Z")
INSTANTS = ("DATE", "TIMESTAMP")


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    ends: int

    @property
    def word(self) -> str:
        """A name or sign in capitals; empty for anything else, and for a name in quotes, which is always a property."""
        return self.text.upper() if self.kind in ("name", "sign") and not self.text.startswith('"') else ""


END = Token("end", "", 0)


def read(text: str) -> Tree:
    """The whole text as one tree. Raises BAD_FILTER or TOO_COMPLEX."""
    return _Reader(text).whole()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text.rstrip()
        self.tokens = list(_tokens(self.text))
        self.at = self.depth = 0

    def whole(self) -> Tree:
        tree = self._or()
        if self.at != len(self.tokens):
            raise bad(f"goes on after its end with {self._next().text[:40]!r}")
        return tree

    def _next(self, ahead: int = 0) -> Token:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else END

    def _take(self, *words: str) -> str:
        """The next word, taken, if it is one of these."""
        word = self._next().word
        if word not in words or not word:
            return ""
        self.at += 1
        return word

    def _need(self, word: str) -> None:
        if not self._take(word):
            raise bad(f"lacks {word}")

    def _deeper(self, read: Callable[[], Tree]) -> Tree:
        self.depth += 1
        if self.depth > DEEPEST:
            raise too_complex()
        tree = read()
        self.depth -= 1
        return tree

    # Conditions.

    def _or(self) -> Tree:
        return self._many("OR", lambda: self._many("AND", self._not))

    def _many(self, word: str, one: Callable[[], Tree]) -> Tree:
        args = [one()]
        while self._take(word):
            args.append(one())
        return args[0] if len(args) == 1 else {"op": word.lower(), "args": args}

    def _not(self) -> Tree:
        return {"op": "not", "args": [self._deeper(self._not)]} if self._take("NOT") else self._predicate()

    def _predicate(self) -> Tree:
        left = self._sum()
        if sign := self._take(*COMPARISONS):
            return {"op": sign, "args": [left, self._sum()]}
        if self._take("IS"):
            negated = self._take("NOT")
            self._need("NULL")
            return _negated(negated, {"op": "isNull", "args": [left]})
        negated = self._take("NOT")
        match self._take("LIKE", "BETWEEN", "IN"):
            case "LIKE":
                return _negated(negated, {"op": "like", "args": [left, self._sum()]})
            case "BETWEEN":
                low = self._sum()
                self._need("AND")
                return _negated(negated, {"op": "between", "args": [left, low, self._sum()]})
            case "IN":
                return _negated(negated, {"op": "in", "args": [left, self._deeper(self._list)]})
        if negated:
            raise bad("has a NOT without LIKE, BETWEEN or IN")
        return left

    # Values.

    def _sum(self) -> Tree:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/", "%", "DIV"), self._power))

    def _chain(self, signs: tuple[str, ...], one: Callable[[], Tree]) -> Tree:
        tree = one()
        while sign := self._take(*signs):
            tree = {"op": sign.lower(), "args": [tree, one()]}
        return tree

    def _power(self) -> Tree:
        base = self._factor()
        return {"op": "^", "args": [base, self._factor()]} if self._take("^") else base

    def _factor(self) -> Tree:
        sign = self._take("-", "+")
        if not sign:
            return self._primary()
        if self._next().kind == "number":
            number = self._primary()
            return -number if sign == "-" else number
        return {"op": "*", "args": [-1 if sign == "-" else 1, self._deeper(self._factor)]}

    def _primary(self) -> Tree:
        token = self._next()
        self.at += 1
        if token.kind == "string":
            return re.sub(r"''|\\'", "'", token.text[1:-1])
        if token.kind == "number":
            return int(token.text) if WHOLE.fullmatch(token.text) else float(token.text)
        if token.word == "(":
            return self._deeper(self._parenthesis)
        if token.kind == "name":
            return self._named(token)
        raise bad("ends too early" if token is END else f"has {token.text[:40]!r} where a value belongs")

    def _parenthesis(self) -> Tree:
        """What is left of a condition, a value or a list once its first parenthesis is taken."""
        if self._take(")"):
            return []
        trees = [self._or()]
        while self._take(","):
            trees.append(self._or())
        self._need(")")
        return trees[0] if len(trees) == 1 else trees

    def _list(self) -> list[Tree]:
        self._need("(")
        trees = self._parenthesis()
        return trees if isinstance(trees, list) else [trees]

    def _named(self, token: Token) -> Tree:
        if token.word in ("TRUE", "FALSE"):
            return token.word == "TRUE"
        if WKT.match(token.word) and self._next().word in ("(", "Z"):
            return self._wkt(token)
        if self._next().word != "(" or not token.word:
            return {"property": token.text.strip('"')}
        args = self._deeper(self._list)
        if token.word in ("BBOX", "INTERVAL"):
            return {token.word.lower(): args}
        return {token.word.lower(): args[0]} if token.word in INSTANTS and len(args) == 1 else {"op": token.word.lower(), "args": args}

    def _wkt(self, first: Token) -> Tree:
        """The text up to the closing parenthesis is a shape."""
        began, depth = first.ends - len(first.text), 0
        while self.at < len(self.tokens):
            token = self._next()
            self.at += 1
            depth += (token.text == "(") - (token.text == ")")
            if depth == 0 and token.text == ")":
                break
        try:
            return json.loads(json.dumps(_plain(mapping(shapely.from_wkt(self.text[began : self._ended()])))))
        except (shapely.errors.ShapelyError, ValueError, AttributeError, TypeError) as error:
            raise bad("has a shape that cannot be read") from error

    def _ended(self) -> int:
        return self.tokens[self.at - 1].ends


def _tokens(text: str) -> list[Token]:
    found, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            raise bad(f"cannot be read from {text[at : at + 20]!r}")
        found.append(Token(match.lastgroup, match[match.lastgroup], match.end()))
        at = match.end()
        if len(found) > MOST_VERTICES * 3:
            raise too_complex()
    return found


def _plain(shape: Mapping[str, Tree]) -> Tree:
    return {**shape, "geometries": [_plain(one) for one in shape["geometries"]]} if "geometries" in shape else dict(shape)


def _negated(negated: str, tree: Tree) -> Tree:
    return {"op": "not", "args": [tree]} if negated else tree
