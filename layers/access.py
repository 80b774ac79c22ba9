"""The only road to a layer's rows: who the caller is, and the SQL of what that caller may see.

Every reader (tiles, features, search, export, OGC API, live events) takes an `Opened` and nothing else. The scope goes into the
statement explicitly: row-level security under a tile loses the spatial index.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg2 import sql

from geo.errors import FORBIDDEN, NOT_FOUND, NOT_SIGNED_IN
from geo.models import User
from geo.permissions import PERMISSIONS
from layers.layer import Field, Grant, Layer, registry


@dataclass(frozen=True)
class Scope:
    """What a caller is allowed, as plain values. `fingerprint` is equal exactly when two callers see the same."""

    user_id: int | None = None
    permissions: frozenset[str] = frozenset()
    agency_id: int | None = None
    wards: tuple[str, ...] = ()
    edit_layers: tuple[str, ...] = ()
    # Rows that keep to named people and to which this one was named.
    compartments: tuple[int, ...] = ()
    fingerprint: str = field(default="", compare=False)

    def may(self, permission: str | None) -> bool:
        return permission is None or permission in self.permissions

    def parameters(self) -> dict[str, Any]:
        """The named parameters of every row rule."""
        return {"user": self.user_id, "agency": self.agency_id, "wards": list(self.wards), "compartments": list(self.compartments)}


def _fingerprint(user_id: int | None, permissions: frozenset[str], agency_id: int | None, wards: tuple[str, ...], compartments: tuple[int, ...] = ()) -> str:
    text = repr((user_id, sorted(permissions), agency_id, wards, compartments))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


ANONYMOUS = Scope(fingerprint=_fingerprint(None, frozenset(), None, ()))
# The system itself: commands run at the machine's own console.
SYSTEM = Scope(permissions=frozenset(PERMISSIONS), fingerprint="system")
PUBLISH = "publish_edits"


def scope_of(user: User | None) -> Scope:
    """The scope of a person; anonymous and inactive people get ANONYMOUS."""
    if user is None or not user.is_authenticated or not user.is_active:
        return ANONYMOUS
    permissions, wards, compartments = user.permissions(), tuple(sorted(user.wards)), tuple(sorted(user.compartments))
    return Scope(
        user_id=user.pk,
        permissions=permissions,
        agency_id=user.agency_id,
        wards=wards,
        edit_layers=tuple(user.edit_layers),
        compartments=compartments,
        fingerprint=_fingerprint(user.pk, permissions, user.agency_id, wards, compartments),
    )


@dataclass(frozen=True)
class Opened:
    """A layer as one caller may see it: composables over the alias `t`, and their parameters.

    A statement is `select {fid}, … , {geometry} from {relation} t where {where} and …`, run with `params`.
    """

    layer: type[Layer]
    scope: Scope
    fields: Sequence[Field]
    relation: sql.Composable
    fid: sql.Composable
    geometry: sql.Composable
    # the stored column, for index conditions; equal to `geometry` unless the shape is masked
    indexed: sql.Composable
    where: sql.Composable
    params: dict[str, Any]

    @property
    def public(self) -> bool:
        """Whether everybody sees exactly this: every row, the true shape and every attribute that tiles carry."""
        everybody = any(grant.permission is None and grant.rows is None and grant.geometry is None for grant in self.layer.grants)
        return everybody and all(field_.see is None for field_ in self.layer.fields if field_.tile)

    def column(self, name: str) -> sql.Composable:
        """The column of a visible field. Raises NOT_FOUND for a field that this caller may not see, under any verb."""
        for visible in self.fields:
            if visible.name == name:
                return column_of(visible)
        raise NOT_FOUND()

    def sight(self) -> str:
        """Equal exactly when two callers see the same rows, fields and shapes: who only differ in name share one rendering."""
        rules = repr((self.where, self.geometry))
        used = [(name, value) for name, value in sorted(self.params.items()) if f"%({name})s" in rules]
        text = repr((self.layer.slug, [visible.name for visible in self.fields], rules, used))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def sees_every_row(self) -> bool:
        """Whether no row rule narrows what the caller sees."""
        return self.where == sql.SQL("true")


def column_of(field_: Field) -> sql.Composable:
    """A field's column under the alias t."""
    return sql.SQL("t.") + sql.Identifier(field_.source)


def opened(layer: str | type[Layer], scope: Scope) -> Opened:
    """Open a layer for a caller. A layer that does not exist and one without a grant are the same NOT_FOUND."""
    found = registry.sought(layer) if isinstance(layer, str) else layer
    if found is None:
        raise NOT_FOUND()
    grants = [grant for grant in found.grants if scope.may(grant.permission)]
    if not grants:
        raise NOT_FOUND()
    return _opened(found, scope, grants)


def opened_past(slug: str, scope: Scope) -> Opened:
    """Open a layer for its past alone, also one that was removed: whoever saw it sees what it was. Raises NOT_FOUND as opened does."""
    found = registry.past(slug)
    if found is None:
        raise NOT_FOUND()
    return opened(found, scope)


def _opened(found: type[Layer], scope: Scope, grants: list[Grant]) -> Opened:
    geometry = sql.SQL("t.") + sql.Identifier(found.geometry)
    return Opened(
        layer=found,
        scope=scope,
        fields=tuple(field_ for field_ in found.fields if scope.may(field_.see)),
        relation=_relation(found),
        fid=sql.SQL("t.") + sql.Identifier(found.fid),
        geometry=_masked(grants, geometry),
        indexed=geometry,
        where=_rows(grants),
        params=scope.parameters(),
    )


def _relation(found: type[Layer]) -> sql.Composable:
    """A raster has a picture and no rows: every reader of rows finds none."""
    if found.kind == "raster":
        return sql.SQL("(select null::bigint as {}, null::public.geometry as {} where false)").format(sql.Identifier(found.fid), sql.Identifier(found.geometry))
    return sql.SQL(".").join(sql.Identifier(part) for part in found.table().split("."))


@dataclass(frozen=True)
class Counted:
    """A layer whose rows one caller may count: `rows` for the statement, and the number below which a count is not told.

    `rows` has no fields but the one that the layer is sorted by: who counts does not see.
    """

    rows: Opened
    hide_below: int


def opened_for_counting(layer: str | type[Layer], scope: Scope) -> Counted:
    """Open a layer for counting. Raises NOT_FOUND where the caller may neither count nor see.

    All that the caller may count in full is one set; only who may count nothing in full gets what is told above a number.
    """
    found = registry.sought(layer) if isinstance(layer, str) else layer
    if found is None:
        raise NOT_FOUND()
    if not found.countings:
        return Counted(opened(found, scope), 0)
    held = [counting for counting in found.countings if scope.may(counting.permission)]
    if not held:
        raise NOT_FOUND()
    hide_below = min(counting.hide_below for counting in held)
    grants = [Grant(counting.permission, rows=counting.rows) for counting in held if counting.hide_below == hide_below]
    return Counted(replace(_opened(found, scope, grants), fields=tuple(field_ for field_ in found.fields if field_.name == found.category)), hide_below)


def _rows(grants: list[Grant]) -> sql.Composable:
    """Any grant shows its rows; a grant without a rule shows them all."""
    if any(grant.rows is None for grant in grants):
        return sql.SQL("true")
    rules = [sql.SQL("(" + (grant.rows or "true") + ")") for grant in grants]
    return sql.SQL("(") + sql.SQL(" or ").join(rules) + sql.SQL(")")


def _masked(grants: list[Grant], geometry: sql.Composable) -> sql.Composable:
    """The true shape where a grant gives it for that row, else the mask of the first grant that covers the row."""
    if any(grant.geometry is None and grant.rows is None for grant in grants):
        return geometry
    if all(grant.geometry is None for grant in grants):
        return geometry
    ordered = sorted(grants, key=lambda grant: grant.geometry is not None)
    cases = [
        sql.SQL("when ") + sql.SQL(grant.rows or "true") + sql.SQL(" then ") + (sql.SQL(grant.geometry) if grant.geometry else geometry) for grant in ordered
    ]
    return sql.SQL("(case ") + sql.SQL(" ").join(cases) + sql.SQL(" end)")


ACTIONS = ("see", "create", "edit", "delete", "import", "export", "submit", "publish")
CHANGING = frozenset({"create", "edit", "delete", "import", "submit"})


def may(layer: type[Layer], action: str, scope: Scope) -> bool:
    """Whether this caller may do that to rows of the layer at all; which rows, fields and places is asked where they are known."""
    if not any(scope.may(grant.permission) for grant in layer.grants):
        return False
    if action in CHANGING:
        # A file may bring anybody's rows: who changes their own brings none.
        own = action != "import" and changes_own_alone(layer, scope)
        if masked(layer, scope):
            return False
        return layer.editable() and (own or scope.may(layer.permits.get(action, layer.edit))) and _within_layers(layer, scope)
    if action == "publish":
        return layer.editable() and scope.may(layer.permits.get(action, PUBLISH)) and _within_layers(layer, scope)
    return scope.may(layer.permits.get(action))


def masked(layer: type[Layer], scope: Scope) -> bool:
    """Whether this caller sees only an approximate place of some rows: what is not seen is not changed."""
    held = [grant for grant in layer.grants if scope.may(grant.permission)]
    return all(grant.geometry is not None or grant.rows is not None for grant in held) and any(grant.geometry is not None for grant in held)


def changes_own_alone(layer: type[Layer], scope: Scope) -> bool:
    """Whether this caller may change rows of the own and no others."""
    return layer.edit_own is not None and scope.may(layer.edit_own.permission) and not scope.may(layer.edit)


def changeable_rows(layer: type[Layer], scope: Scope) -> str | None:
    """SQL over `t` that a row satisfies before and after this caller changes it; None: every row."""
    rules = [rule for rule in (layer.edit_rows, layer.edit_own.rows if layer.edit_own and changes_own_alone(layer, scope) else None) if rule]
    return " and ".join(f"({rule})" for rule in rules) or None


def filled_in(layer: type[Layer], scope: Scope) -> dict[str, Any]:
    """Column → value that a new row gets where nothing else was said of it: whose it is, made by who changes their own."""
    if layer.edit_own is None or not changes_own_alone(layer, scope):
        return {}
    return {column: scope.parameters()[name] for column, name in layer.edit_own.fills.items()}


def _within_layers(layer: type[Layer], scope: Scope) -> bool:
    return not scope.edit_layers or layer.slug in scope.edit_layers


def may_write(field_: Field, scope: Scope) -> bool:
    """Whether whoever edits the layer may change this field of a standing row."""
    return scope.may(field_.see) and (field_.edit is True or (isinstance(field_.edit, str) and scope.may(field_.edit)))


def visible_layers(scope: Scope) -> list[Opened]:
    """Every layer that the caller may see at all, in the registry's order."""
    return [opened(layer, scope) for layer in registry.all() if layer.stands() and any(scope.may(grant.permission) for grant in layer.grants)]


def need(request: Any, permission: str) -> User:
    """The signed-in person of a request, who holds the permission. Raises NOT_SIGNED_IN or FORBIDDEN."""
    if not request.user.is_authenticated:
        raise NOT_SIGNED_IN("Cần đăng nhập.", "Sign in first.")
    if not request.caller.may(permission):
        vi, en = PERMISSIONS[permission]
        raise FORBIDDEN(f"Cần quyền: {vi}.", f"The permission is missing: {en}.")
    return request.user
