"""Finding things by what they are called: without marks, in every layer that the caller may see, best first.

Each layer is asked for a bounded handful of candidates through its indexes; ranking is done on those. Rows, fields and shapes are
the caller's (layers.access): a text that the caller may not see is never looked at.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg2 import errorcodes, sql

from geo import coordinates
from geo.crs import CITY_SRID
from geo.errors import BAD_REQUEST
from geo.sql import statement
from layers import gazetteer
from layers.access import Opened, Scope, column_of, visible_layers
from layers.layer import Field, Layer, registry

MOST_RESULTS = 50
LONGEST_QUERY = 200
MOST_WORDS = 8
MOST_COLUMNS = 8
# Trigrams know nothing of shorter words.
WORD_LETTERS = 3
# What an index of beginnings holds of a long name.
BEGINNING_LETTERS = 60
CANDIDATES = 200
SIMILARITY = 0.5
STATEMENT_TIMEOUT_MS = 2_000
SUBTITLE_LETTERS = 120
# A common word makes the planner hope to meet it early in a scan of everything; for a rare one that hope costs seconds.
# Candidates are few: each is looked up by its key.
BY_INDEX = ", ".join(f"set_config('enable_{way}', 'off', true)" for way in ("seqscan", "mergejoin", "hashjoin"))

# In an index the table has no other name.
OF_TABLE = re.compile(r"\bt\.")

# The ranks, best first.
EXACT, BEGINS, WORDS, WITHIN, SIMILAR = range(5)


@dataclass(frozen=True)
class Asked:
    """A query as it is looked for: folded, and cut into words."""

    text: str
    words: tuple[str, ...]
    current: bool = False

    def parameters(self) -> dict[str, str]:
        """Patterns in which every letter stands for itself."""
        words = {f"word{index}": f"%{' ' if len(word) < WORD_LETTERS else ''}{gazetteer.literally(word)}%" for index, word in enumerate(self.words)}
        starts = {f"start{index}": f"{gazetteer.literally(word)}%" for index, word in enumerate(self.words)}
        return {"asked": self.text, "beginning": gazetteer.literally(self.text[:BEGINNING_LETTERS]) + "%", **words, **starts}


@dataclass(frozen=True)
class Found:
    """The results, best first, and the layers that took too long to be asked to the end."""

    results: list[dict[str, Any]]
    incomplete: list[str]


def find(scope: Scope, *, text: str, limit: int = 20, current: bool = False) -> Found:
    """What the caller may see that is called so, best first. Raises BAD_REQUEST for a limit outside 1..50 or a text too long.

    `current` leaves out what a layer's map no longer draws (closed cases), unless its name begins so: a million of them are asked in a
    tenth of a second, and nobody who is on the telephone waits for them.
    """
    if not 1 <= limit <= MOST_RESULTS:
        raise BAD_REQUEST(f"limit từ 1 đến {MOST_RESULTS}.", f"limit is from 1 to {MOST_RESULTS}.")
    if len(text) > LONGEST_QUERY:
        raise BAD_REQUEST(f"Tối đa {LONGEST_QUERY} ký tự.", f"At most {LONGEST_QUERY} characters.")
    if said := _said(text):
        return Found(said, [])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"select {BY_INDEX}, set_config('statement_timeout', %s, true), set_config('pg_trgm.word_similarity_threshold', %s, true), public.nbioc_fold(%s)",
            [str(STATEMENT_TIMEOUT_MS), str(SIMILARITY), text.replace("\0", "")],
        )
        folded = " ".join(cursor.fetchone()[-1].split())
        if not folded:
            return Found([], [])
        late: list[str] = []
        named = gazetteer.said(scope, folded, lambda slug, wanted, params: _rows(cursor, slug, wanted, params, late))
        if current and any(one["fid"] and one["place_source"] != "landmark" for one in named):
            # Who names a house, a parcel or a post that is there wants that one.
            return Found(named[:limit], late)
        asked = Asked(folded, tuple(folded.split(" "))[:MOST_WORDS], current)
        places = [(order, seen) for order, seen in enumerate(visible_layers(scope)) if searched(seen)]
        found = _ask(cursor, places, asked, late, similar=False)
        exactly = any(key[0] == EXACT for key, _ in found)
        if len(found) < limit and not named and not exactly and len(folded) > WORD_LETTERS:
            known = {(row["layer"], row["fid"]) for _, row in found}
            found += [(key, row) for key, row in _ask(cursor, places, asked, late, similar=True) if (row["layer"], row["fid"]) not in known]
    found.sort(key=lambda one: one[0])
    known = {(row["layer"], row["fid"]) for row in named}
    return Found([*named, *(row for _, row in found if (row["layer"], row["fid"]) not in known)][:limit], late)


def _rows(cursor: Any, slug: str, wanted: sql.Composed, params: dict[str, Any], late: list[str]) -> Sequence[Sequence[Any]]:
    """What a statement answers; nothing where it takes too long, and then its layer is named in `late`."""
    try:
        with transaction.atomic():
            cursor.execute(wanted, params)
            rows: Sequence[Sequence[Any]] = cursor.fetchall()
            return rows
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != errorcodes.QUERY_CANCELED:
            raise
        late.append(slug)
        return []


def _said(text: str) -> list[dict[str, Any]]:
    """A place that the text says in numbers: of no layer, and before everything that is merely called so."""
    said = coordinates.read(text)
    if said is None:
        return []
    words = {"degrees": "WGS84", "metres": f"EPSG:{CITY_SRID}", "plus_code": "Plus code"}[said.how]
    subtitle = f"{words} · ±{said.accuracy_m:.2g} m"
    source = "plus_code" if said.how == "plus_code" else "coordinates"
    title = f"{said.lat:.6f}, {said.lon:.6f}"
    place = {"lon": said.lon, "lat": said.lat, "bbox": None, "place_source": source, "accuracy_m": round(said.accuracy_m, 3)}
    return [{"layer": "", "fid": 0, "title": title, "subtitle": subtitle, **place}]


def searched(seen: Opened) -> list[Field]:
    """The text columns of the layer's search that this caller may see."""
    return [field for name in seen.layer.search[:MOST_COLUMNS] for field in seen.fields if field.source == name]


def names_of(layer: type[Layer]) -> set[str]:
    """The columns that name a row, and so are also found by how they begin; the others are only about it."""
    return {layer.search[0], *(name for name in layer.search if name == layer.label)}


def _folded(column: sql.Composable) -> sql.Composable:
    return sql.SQL("public.nbioc_fold({}::text)").format(column)


def _beginning(column: sql.Composable) -> sql.Composable:
    return sql.SQL("pg_catalog.left({}, {})").format(_folded(column), sql.Literal(BEGINNING_LETTERS))


def candidates(seen: Opened, asked: Asked, *, similar: bool) -> sql.Composed:
    """The statement of one layer: some fids by each index, then what is needed to rank and show them."""
    columns = [column_of(field) for field in searched(seen)]
    title = next((field for field in searched(seen) if field.name == seen.layer.label), searched(seen)[0])
    names = [column_of(field) for field in searched(seen) if field.source in names_of(seen.layer)]
    ways = [_similar(seen, columns[0], asked)] if similar else [*(_begins(seen, column) for column in names), *_words(seen, columns, asked)]
    return sql.SQL(
        "with candidate as materialized ({ways})"
        " select {fid}::bigint, array[{folded}], {title}::text, array[{shown}], public.st_x(p.at), public.st_y(p.at),"
        " case when public.st_dimension({shape}) > 0 then array[public.st_xmin(b.box), public.st_ymin(b.box), public.st_xmax(b.box), public.st_ymax(b.box)] end,"
        " public.word_similarity(%(asked)s, {first}), public.st_length(public.st_boundingdiagonal({shape})) / 2"
        " from {relation} t"
        " cross join lateral (select public.st_transform(public.st_pointonsurface({shape}), 4326) as at) p"
        " cross join lateral (select public.st_transform(public.st_envelope({shape}), 4326) as box) b"
        " where {fid} in (select fid from candidate) and {where}"
    ).format(
        ways=sql.SQL(" union ").join(ways or [sql.SQL("select null::bigint as fid where false")]),
        fid=seen.fid,
        folded=sql.SQL(", ").join([_folded(column) for column in columns]),
        first=_folded(columns[0]),
        title=column_of(title),
        shown=sql.SQL(", ").join([column_of(field) + sql.SQL("::text") for field in searched(seen) if field.name != title.name] or [sql.SQL("null::text")]),
        shape=seen.geometry,
        relation=seen.relation,
        where=seen.where,
    )


def _some(seen: Opened, condition: sql.Composable, order: sql.Composable, current: bool = False) -> sql.Composable:
    kept = sql.SQL(seen.layer.drawn) if current and seen.layer.drawn else sql.SQL("true")
    return sql.SQL("(select {} as fid from {} t where {} and {} and {} {} limit {})").format(
        seen.fid, seen.relation, seen.where, kept, condition, order, sql.Literal(CANDIDATES)
    )


def _begins(seen: Opened, column: sql.Composable) -> sql.Composable:
    """The shortest beginnings first, so that an exact one is always among them."""
    beginning = _beginning(column)
    return _some(seen, sql.SQL("{} like %(beginning)s").format(beginning), sql.SQL("order by {} using ~<~").format(beginning))


def _words(seen: Opened, columns: Sequence[sql.Composable], asked: Asked) -> list[sql.Composable]:
    """Every word, in whichever column."""
    if len(asked.text) < WORD_LETTERS:
        return []
    return [_some(seen, sql.SQL(" and ").join([_word(columns, index, word) for index, word in enumerate(asked.words)]), sql.SQL(""), asked.current)]


def _word(columns: Sequence[sql.Composable], index: int, word: str) -> sql.Composable:
    # A short word must begin one: trigrams hold the beginnings of words, and nothing else of less than three letters.
    names = [f"word{index}"] if len(word) >= WORD_LETTERS else [f"word{index}", f"start{index}"]
    ways = [sql.SQL("{} like %({})s").format(_folded(column), sql.SQL(name)) for column in columns for name in names]
    return sql.SQL("(") + sql.SQL(" or ").join(ways) + sql.SQL(")")


def _similar(seen: Opened, column: sql.Composable, asked: Asked) -> sql.Composable:
    return _some(seen, sql.SQL("%(asked)s operator(public.<%%) {}").format(_folded(column)), sql.SQL(""), asked.current)


Ranked = list[tuple[tuple[Any, ...], dict[str, Any]]]


def _ask(cursor: Any, places: Sequence[tuple[int, Opened]], asked: Asked, late: list[str], *, similar: bool) -> Ranked:
    """Every layer's candidates with the key that ranks them among all; a layer that takes too long is named in `late` instead.

    All in one statement: eighteen of them are eighteen ways to the database and back. Only when that takes too long, one by one.
    """
    standing = [(order, seen) for order, seen in places if seen.layer.slug not in late]
    if not standing:
        return []
    parts = [
        sql.SQL("select {}::int, asked.* from ({}) asked").format(sql.Literal(at), candidates(seen, asked, similar=similar))
        for at, (_, seen) in enumerate(standing)
    ]
    params = {name: value for _, seen in standing for name, value in seen.params.items()} | asked.parameters()
    slow: list[str] = []
    rows = _rows(cursor, "*", sql.SQL(" union all ").join(parts), params, slow)
    if not slow:
        return [_ranked(standing[row[0]], row[1:], asked) for row in rows]
    return [_ranked(pair, row[1:], asked) for pair, part in zip(standing, parts, strict=True) for row in _rows(cursor, pair[1].layer.slug, part, params, late)]


def _ranked(pair: tuple[int, Opened], row: Sequence[Any], asked: Asked) -> tuple[tuple[Any, ...], dict[str, Any]]:
    order, seen = pair
    return (_rank(row[1], asked, row[7]), -row[7], len(row[2] or ""), order, row[0]), _result(seen, row)


def _rank(texts: Sequence[str | None], asked: Asked, similarity: float) -> int:
    known = [text for text in texts if text]
    if asked.text in known:
        return EXACT
    if any(text.startswith(asked.text) for text in known):
        return BEGINS
    together = " " + " ".join(known)
    if all(f" {word}" in together for word in asked.words):
        return WORDS
    return WITHIN if all(word in together for word in asked.words) else SIMILAR


def _result(seen: Opened, row: Sequence[Any]) -> dict[str, Any]:
    fid, _, title, shown, lon, lat, box, _, half_m = row
    subtitle = " · ".join(text for text in shown if text)[:SUBTITLE_LETTERS]
    place = {"lon": lon, "lat": lat, "bbox": box, "place_source": gazetteer.source_of(seen), "accuracy_m": gazetteer.accuracy_m(half_m)}
    return {"layer": seen.layer.slug, "fid": fid, "title": title or "", "subtitle": subtitle, **place}


def install(**_: Any) -> None:
    """The fold and every layer's indexes; run after each migration, changes nothing the second time."""
    with connection.cursor() as cursor:
        cursor.execute(statement("layers", "fold"))
        for layer in registry.all():
            if layer.search and layer.base_tables():
                index(cursor, layer)


def index_made(sender: type[Layer], **_: Any) -> None:
    """A layer made while the city runs gets its indexes with its table."""
    with connection.cursor() as cursor:
        index(cursor, sender)


def index(cursor: Any, layer: type[Layer]) -> None:
    """The indexes that a layer's search stands on: trigrams of every column together, of all rows and of those drawn, and the beginnings of names."""
    table = layer.base_tables()[0]
    cursor.execute(
        "select attname from pg_attribute where attrelid = to_regclass(%s) and attname = any(%s) and not attisdropped",
        [table, list(layer.search[:MOST_COLUMNS])],
    )
    names = [row[0] for row in cursor.fetchall()]
    wanted: dict[str, sql.Composable] = {}
    if names:
        columns = [sql.Identifier(name) for name in sorted(names)]
        trigrams = sql.SQL(", ").join([sql.SQL("{} public.gin_trgm_ops").format(_folded(column)) for column in columns])
        wanted[_name(table, *sorted(names))] = sql.SQL("using gin ({})").format(trigrams)
        if layer.drawn:
            # What is asked about what stands now need not read through all that ever was.
            wanted[_name(table, "drawn", layer.drawn, *sorted(names))] = sql.SQL("using gin ({}) where {}").format(
                trigrams, sql.SQL(OF_TABLE.sub("", layer.drawn))
            )
        for name, column in zip(sorted(names), columns, strict=True):
            if name in names_of(layer):
                wanted[_name(table, "beginning", name)] = sql.SQL("({} text_pattern_ops)").format(_beginning(column))
    cursor.execute(
        "select i.indexrelid::regclass::text, c.relname from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = to_regclass(%s)", [table]
    )
    standing = {name: qualified for qualified, name in cursor.fetchall() if name.startswith("find_")}
    for name in standing.keys() - wanted.keys():
        cursor.execute(f"drop index {standing[name]}")
    for name in wanted.keys() - standing.keys():
        cursor.execute(sql.SQL("create index {} on {} {}").format(sql.Identifier(name), sql.Identifier(*table.split(".")), wanted[name]))


def _name(*parts: str) -> str:
    return f"find_{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"
