"""What a layer is: one class that names its rows, fields, style, rules of sight and rules of change.

A field that is not named does not leave the database. A row that no grant covers does not exist for the caller.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from pathlib import Path
from typing import Any, ClassVar, Literal

from django.db import models

from geo.errors import NOT_FOUND

FieldType = Literal["text", "int", "float", "bool", "date", "datetime", "list", "json"]


@dataclass(frozen=True)
class Choice:
    """One value of a closed list, with its names."""

    value: Any
    vi: str
    en: str
    # No longer chosen; rows of before still carry it.
    past: bool = False


@dataclass(frozen=True)
class Field:
    """One attribute that may leave the database, for whom, and whether it may be edited."""

    name: str
    vi: str
    en: str
    type: FieldType = "text"
    unit: str = ""
    # A tuple, or a sequence that reads its list when it is asked.
    choices: Sequence[Choice] = ()
    see: str | None = None
    # Whether it may be changed by whoever edits the layer, or the permission that it takes besides.
    edit: bool | str = False
    required: bool = False
    column: str | None = None
    # Attributes that tiles carry; the rest is fetched on a click.
    tile: bool = True

    @property
    def source(self) -> str:
        """The column's name in the relation."""
        return self.column or self.name


@dataclass(frozen=True)
class Grant:
    """Who sees which rows, and with which geometry.

    permission: a code of geo.permissions, or None for everybody. rows: SQL over the alias `t` with %(user)s, %(agency)s, %(wards)s
    and %(compartments)s, or None for every row. geometry: SQL that masks the shape, or None for the true one.
    """

    permission: str | None = None
    rows: str | None = None
    geometry: str | None = None


@dataclass(frozen=True)
class Counting:
    """Who may count which rows without seeing them, and below which number a count is kept from them."""

    permission: str | None = None
    rows: str | None = None
    hide_below: int = 0


@dataclass(frozen=True)
class Own:
    """Who changes rows of their own and no others: the permission, which rows those are (SQL as a Grant's), and what a new row is given.

    fills: column → which of the caller's parameters it takes, where nothing else was said.
    """

    permission: str
    rows: str
    fills: Mapping[str, str] = dataclass_field(default_factory=dict)


PUBLIC = (Grant(),)

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Something that must hold among the rows of a layer; `layers.rules` has the kinds of rules and looks whether they hold.

    rows: SQL over the alias `t` for the rows that it speaks of, or None for every row. An error blocks, a warning wants a written reason.
    """

    code: ClassVar[str] = ""
    severity: Severity = "error"
    rows: str | None = None

    def words(self) -> tuple[str, str]:
        """What it demands, in Vietnamese and English."""
        raise NotImplementedError


class Layer:
    """A layer of the city. Subclass, fill in, and put `@register` above it."""

    slug: ClassVar[str]
    vi: ClassVar[str]
    en: ClassVar[str]
    group: ClassVar[str]
    kind: ClassVar[Literal["vector", "raster"]] = "vector"
    model: ClassVar[type[models.Model] | None] = None
    # A table or view that Django does not own, and the tables behind it whose changes are changes of this layer.
    relation: ClassVar[str] = ""
    tables: ClassVar[tuple[str, ...]] = ()
    # Whether the rows of such a table carry a version; a model says so itself.
    with_version: ClassVar[bool] = False
    fid: ClassVar[str] = "id"
    geometry: ClassVar[str] = "geom"
    geometry_type: ClassVar[str] = "Point"
    # None, one column, or (from, until) of which until is exclusive and may be null.
    time: ClassVar[str | tuple[str, str] | None] = None
    fields: ClassVar[Sequence[Field]] = ()
    # The field that sorts the rows into kinds; counts may be narrowed by it.
    category: ClassVar[str | None] = None
    label: ClassVar[str | None] = None
    # From which zoom on the label is drawn (None: as soon as the layer is), in which colour, and whether along the line.
    label_zoom: ClassVar[float | None] = None
    label_color: ClassVar[str] = "#d5dee6"
    # Along the line: for lines that are longer than their names, as canals are and blocks of a street are not.
    label_along: ClassVar[bool] = False
    search: ClassVar[tuple[str, ...]] = ()
    zooms: ClassVar[tuple[int, int]] = (0, 22)
    visible: ClassVar[bool] = True
    # Which rows the map draws: SQL over `t`, or None for every row that the caller may see. Lists and search see them all.
    drawn: ClassVar[str | None] = None
    style: ClassVar[list[dict[str, Any]]] = []
    legend: ClassVar[Sequence[dict[str, Any]]] = []
    grants: ClassVar[tuple[Grant, ...]] = PUBLIC
    # Who may count; empty: who sees rows counts what they see.
    countings: ClassVar[tuple[Counting, ...]] = ()
    edit: ClassVar[str | None] = None
    # Which permission an action takes (layers.access.ACTIONS) where it is not the usual one.
    permits: ClassVar[Mapping[str, str]] = {}
    # SQL over `t` with %(user)s, %(agency)s and %(wards)s that an editor's row satisfies before and after; None: every row.
    edit_rows: ClassVar[str | None] = None
    # Who may change rows of their own without `edit`.
    edit_own: ClassVar[Own | None] = None
    # Whether changes need a second person: then they come by change sets alone.
    review: ClassVar[bool] = False
    # Which rows' reading is remembered (layers.watching): SQL over `t`.
    watched: ClassVar[str | None] = None
    # What every page that shows the layer says of it: {"vi": …, "en": …}, or None.
    note: ClassVar[Mapping[str, str] | None] = None
    # Whether a feature made out of others remembers them (layers.cadastre.lineage), and which fields it then takes from them unless its edit says otherwise.
    lineage: ClassVar[bool] = False
    heritage: ClassVar[tuple[str, ...]] = ()
    # What must hold among its rows.
    rules: ClassVar[Sequence[Rule]] = ()
    # Rules of the whole row: SQL over `t` that an editor bounded to wards must satisfy before and after.
    ward_column: ClassVar[str | None] = None
    # A raster's colours: value → colour, rising; between two they flow.
    ramp: ClassVar[Sequence[tuple[float, str]]] = ()

    @classmethod
    def file(cls) -> Path | None:
        """Where a raster's GeoTIFF lies; asked each time, for it may come while the city runs. None for rows."""
        return None

    @classmethod
    def stands(cls) -> bool:
        """Whether there is anything to draw: a raster whose file is missing is not shown at all."""
        return cls.kind == "vector" or ((file := cls.file()) is not None and file.is_file())

    @classmethod
    def tile_address(cls) -> str:
        """The address of its tiles: vector tiles of rows, WMTS pictures of a raster."""
        return f"/maps/wmts/{cls.slug}/webmercator/{{z}}/{{x}}/{{y}}.png" if cls.kind == "raster" else f"/tiles/{cls.slug}/{{z}}/{{x}}/{{y}}.mvt"

    @classmethod
    def table(cls) -> str:
        """schema.table or table: what the rows are read from."""
        return cls.model._meta.db_table if cls.model is not None and not cls.relation else cls.relation

    @classmethod
    def base_tables(cls) -> tuple[str, ...]:
        """The tables whose changes are changes of this layer."""
        if cls.tables:
            return cls.tables
        return (cls.model._meta.db_table,) if cls.model is not None else ()

    @classmethod
    def field(cls, name: str) -> Field | None:
        """The declared field of that name."""
        return next((field for field in cls.fields if field.name == name), None)

    @classmethod
    def category_field(cls) -> Field:
        """The field that sorts its rows into kinds. Raises NOT_FOUND where there is none."""
        if cls.category is None or (found := cls.field(cls.category)) is None:
            raise NOT_FOUND()
        return found

    @classmethod
    def began(cls) -> str:
        """The column of the moment, or of the first moment of a span. Raises NOT_FOUND for a layer without a time."""
        if cls.time is None:
            raise NOT_FOUND()
        return cls.time if isinstance(cls.time, str) else cls.time[0]

    @classmethod
    def versioned(cls) -> bool:
        """Whether its rows carry a version, and so may be edited with a base version."""
        return cls.with_version or (cls.model is not None and any(column.name == "version" for column in cls.model._meta.concrete_fields))

    @classmethod
    def countable(cls) -> bool:
        """Whether its density can be drawn: points with a time."""
        return cls.kind == "vector" and cls.geometry_type == "Point" and cls.time is not None

    @classmethod
    def editable(cls) -> bool:
        """Whether its rows may be changed at all: a view is changed by the verbs behind it."""
        return cls.edit is not None and cls.versioned() and (cls.model is None or not cls.relation)


class Registry:
    """Every layer of the city by slug, in the order of registration; run-time made layers join and leave."""

    def __init__(self) -> None:
        self._layers: dict[str, type[Layer]] = {}
        self._buried: dict[str, type[Layer]] = {}
        # Brings what is made while the city runs to what the database says now (layers.making.made sets it).
        self.look: Callable[[], None] = lambda: None

    def add(self, layer: type[Layer]) -> type[Layer]:
        """Register a layer. A slug taken by another class is a mistake in the source and raises ValueError."""
        standing = self._layers.get(layer.slug)
        if standing is not None and standing.__qualname__ != layer.__qualname__:
            raise ValueError(f"The layer {layer.slug} is registered twice.")
        self._layers[layer.slug] = layer
        return layer

    def remove(self, slug: str) -> None:
        self._layers.pop(slug, None)
        self._buried.pop(slug, None)

    def bury(self, layer: type[Layer]) -> None:
        """Keep a removed layer for its history alone: no reader of the present finds it."""
        self._layers.pop(layer.slug, None)
        self._buried[layer.slug] = layer

    def past(self, slug: str) -> type[Layer] | None:
        """The layer of that slug, standing or removed: a removed one has its history still."""
        return self._layers.get(slug) or self._buried.get(slug)

    def buried(self) -> Iterator[type[Layer]]:
        return iter(tuple(self._buried.values()))

    def get(self, slug: str) -> type[Layer] | None:
        return self._layers.get(slug)

    def sought(self, slug: str) -> type[Layer] | None:
        """As get, but a layer that another process made a moment ago is found too: may ask the database, so not on the event loop."""
        if slug not in self._layers:
            self.look()
        return self.get(slug)

    def known(self, slug: str) -> type[Layer]:
        """The layer of that slug. Raises NOT_FOUND."""
        found = self.sought(slug)
        if found is None:
            raise NOT_FOUND()
        return found

    def all(self) -> Iterator[type[Layer]]:
        return iter(tuple(self._layers.values()))


registry = Registry()
register = registry.add

# The groups of the layer tree, in its order.
GROUPS: dict[str, tuple[str, str]] = {
    "operations": ("Điều hành", "Operations"),
    "cameras": ("Camera", "Cameras"),
    "administration": ("Hành chính", "Administration"),
    "transport": ("Giao thông, kênh rạch", "Roads and canals"),
    "infrastructure": ("Hạ tầng kỹ thuật", "Infrastructure"),
    "land": ("Đất đai, nhà cửa", "Land and buildings"),
    "environment": ("Môi trường", "Environment"),
    "indicators": ("Chỉ tiêu", "Indicators"),
    "made": ("Lớp tự tạo", "Made layers"),
}
