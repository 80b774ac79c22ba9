"""Who may do what to which row at which door, worked out from tables written by hand. Nothing of the city's own code is asked here.

docs/permissions.md prints the same tables. What a door answers is one word: shown or hidden for reading; done, anonymous, missing, refused or
review for writing. A test walks the doors and compares.
"""

from dataclasses import dataclass, field

# What each starting role is able to do.
ROLES: dict[str, set[str]] = {
    "operator": {
        "see_assets", "see_units", "see_cameras", "see_cases", "see_reporters", "see_cameras_video", "handle_cases", "dispatch_units", "manage_roster", "edit_closures",
        "see_aggregates",
    },
    "officer": {"see_assets", "see_cameras", "edit_assets", "edit_land", "make_layers", "see_aggregates"},
    "approver": {
        "see_assets", "see_cameras", "edit_assets", "edit_land", "edit_wards", "see_land_users", "publish_edits", "make_layers", "see_aggregates",
    },
    "leader": {"see_assets", "see_units", "see_cameras", "see_aggregates", "see_restricted", "hear_escalations", "give_opinions", "approve_speeds"},
    "field": {"see_assets", "use_field", "send_positions"},
    "agency": {"see_assets", "answer_cases", "edit_own_assets"},
    "admin": {"see_assets", "see_units", "see_cameras", "manage_people", "manage_roster", "see_audit", "see_aggregates"},
    "kiosk": {"see_assets", "see_aggregates"},
}  # fmt: skip


@dataclass(frozen=True)
class Caller:
    """One kind of person or machine: the role (none: a stranger), the wards and layers that bound it, its agency."""

    role: str | None
    wards: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    agency: str = "own"
    bearer: bool = False

    def able(self, ability: str | None) -> bool:
        return ability is None or (self.role is not None and ability in ROLES[self.role])


CALLERS: dict[str, Caller] = {
    "stranger": Caller(None),
    "revoked machine": Caller(None, bearer=True),
    "operator": Caller("operator"),
    "officer": Caller("officer"),
    "officer of the home ward": Caller("officer", wards=("home",)),
    "officer of street lights": Caller("officer", layers=("street_lights",)),
    "officer's machine": Caller("officer", bearer=True),
    "approver": Caller("approver"),
    "approver of the home ward": Caller("approver", wards=("home",)),
    "approver of parcels": Caller("approver", layers=("parcels",)),
    "leader": Caller("leader"),
    "field": Caller("field"),
    "own agency": Caller("agency"),
    "foreign agency": Caller("agency", agency="foreign"),
    "own agency in the home ward": Caller("agency", wards=("home",)),
    "admin": Caller("admin"),
    "kiosk": Caller("kiosk"),
}


@dataclass(frozen=True)
class Row:
    """What decides about a row: where it lies, whose it is, and for cases whether it is restricted and who is sent."""

    ward: str
    agency: str
    restricted: bool = False
    of_field: bool = False


ROWS: dict[str, Row] = {
    "home own": Row("home", "own"),
    "home foreign": Row("home", "foreign"),
    "away own": Row("away", "own", restricted=True),
    "away foreign": Row("away", "foreign", of_field=True),
}


@dataclass(frozen=True)
class Sheet:
    """One layer. sees: ability → which rows; hides: field → ability; edit: the ability that changes rows, None where only verbs do."""

    sees: dict[str | None, str]
    edit: str | None = None
    own: str | None = None
    review: bool = False
    hides: dict[str, str] = field(default_factory=dict)
    # who writes a field that not every editor writes
    writes: dict[str, str] = field(default_factory=dict)
    true_place: str | None = None
    masks: bool = False


EVERYBODY, STAFF = {None: "every"}, {"see_assets": "every"}
ASSET = Sheet(STAFF, "edit_assets", own="edit_own_assets")
LAYERS: dict[str, Sheet] = {
    "wards": Sheet(EVERYBODY, "edit_wards", review=True),
    "parcels": Sheet(STAFF, "edit_land", review=True, hides={"land_user_name": "see_land_users"}),
    "buildings": Sheet(EVERYBODY, "edit_assets"),
    "roads": Sheet(EVERYBODY, "edit_assets"),
    "canals": Sheet(EVERYBODY, "edit_assets"),
    "bridges": Sheet(EVERYBODY, "edit_assets"),
    "street_lights": ASSET,
    "hydrants": ASSET,
    "drains": ASSET,
    "public_places": Sheet(EVERYBODY, "edit_assets"),
    "closures": Sheet(EVERYBODY, "edit_closures"),
    "stations": Sheet(EVERYBODY, "edit_assets"),
    "flood_zones": Sheet(EVERYBODY),
    "sensors": Sheet(EVERYBODY),
    "indicators": Sheet(EVERYBODY),
    "cameras": Sheet({"see_cameras": "every"}),
    "camera_views": Sheet({"see_cameras": "every"}),
    "responders": Sheet({"see_units": "every", "use_field": "of field"}),
    "incidents": Sheet(
        {"see_cases": "not restricted", "see_restricted": "restricted", "answer_cases": "forwarded", "use_field": "of field"},
        hides={"reporter_name": "see_reporters"},
    ),
    # made by an officer at run time
    "wells": Sheet(STAFF, "edit_assets", hides={"keeper": "see_land_users"}, writes={"keeper": "publish_edits", "depth_m": "edit_land"}),
    # one whose true place only few may know
    "masked": Sheet({"see_land_users": "every", "see_assets": "every"}, "edit_assets", true_place="see_land_users", masks=True),
}

RULES = {
    "every": lambda row, caller: True,
    "not restricted": lambda row, caller: not row.restricted,
    "restricted": lambda row, caller: row.restricted,
    "forwarded": lambda row, caller: not row.restricted and row.agency == caller.agency,
    "of field": lambda row, caller: row.of_field,
}
READS = ("feature", "list", "ogc item", "ogc items", "tile", "search", "event", "as-of", "export", "history")
WRITES = (
    "create", "edit", "edit hidden", "move", "move out", "delete", "restore", "batch", "preview", "ogc create", "ogc replace", "ogc edit", "ogc delete",
    "draft", "submit", "approve", "log", "picture", "import", "sync",
)  # fmt: skip
# Doors that ask who is there before anything else.
SIGNED_IN_FIRST = {"history", *WRITES}
# Doors that leave nothing behind, or something that waits: a layer with review takes them.
REVIEWED = {"preview", "draft", "submit", "approve", "log", "picture", "import"}
# What is replaced is looked for first: whoever may not see it meets nothing, even where nobody may replace it.
READS_FIRST = {"ogc replace"}
# A place is said by these, and it must be in a ward of the caller's.
CREATES = {"create", "ogc create"}
# A file is taken up for the layer; which of its rows are left out is told later.
BY_LAYER = {"import"}


def sees_layer(caller: Caller, sheet: Sheet) -> bool:
    return any(caller.able(ability) for ability in sheet.sees)


def sees_row(caller: Caller, sheet: Sheet, row: Row) -> bool:
    return any(caller.able(ability) and RULES[rule](row, caller) for ability, rule in sheet.sees.items())


def sees_field(caller: Caller, sheet: Sheet, name: str) -> bool:
    return caller.able(sheet.hides.get(name))


def knows_the_place(caller: Caller, sheet: Sheet) -> bool:
    return caller.able(sheet.true_place)


def read(caller: Caller, slug: str, row: Row, door: str) -> str:
    """Whether the row is shown at a door of reading."""
    if door in SIGNED_IN_FIRST and caller.role is None:
        return "hidden"
    return "shown" if sees_row(caller, LAYERS[slug], row) else "hidden"


def changes_rows(caller: Caller, slug: str) -> bool:
    """Whether the caller may change any row of the layer at all."""
    sheet = LAYERS[slug]
    able = sheet.edit is not None and (caller.able(sheet.edit) or (sheet.own is not None and caller.able(sheet.own)))
    return able and (not caller.layers or slug in caller.layers)


def writes_anything(caller: Caller) -> bool:
    return any(sees_layer(caller, sheet) and changes_rows(caller, slug) for slug, sheet in LAYERS.items())


def write(caller: Caller, slug: str, row: Row, door: str) -> str:
    """What a door of writing answers."""
    sheet = LAYERS[slug]
    if caller.role is None:
        return "anonymous"
    if door == "approve":
        return _approve(caller, slug, sheet, row)
    if door in ("draft", "submit") and not writes_anything(caller):
        return "missing"
    if not sees_layer(caller, sheet):
        return "missing"
    if door in READS_FIRST and not sees_row(caller, sheet, row):
        return "missing"
    if not changes_rows(caller, slug) or not knows_the_place(caller, sheet):
        return "refused"
    if door in BY_LAYER:
        # Anybody's rows may be in a file: who changes only their own brings none.
        return "done" if caller.able(sheet.edit) else "refused"
    if sheet.review and door not in REVIEWED:
        return "review"
    if door == "edit hidden" and not _writes_the_hidden(caller, sheet):
        return "refused"
    if door not in CREATES and not sees_row(caller, sheet, row):
        return "missing"
    if not _is_within(caller, row.ward) or (door == "move out" and not _is_within(caller, _other(row.ward))):
        return "refused"
    # What is made is the maker's own.
    if door not in CREATES and not (caller.able(sheet.edit) or row.agency == caller.agency):
        return "refused"
    return "done"


def _writes_the_hidden(caller: Caller, sheet: Sheet) -> bool:
    return all(caller.able(ability) for name, needed in sheet.hides.items() for ability in (needed, sheet.writes.get(name)))


def _approve(caller: Caller, slug: str, sheet: Sheet, row: Row) -> str:
    """Of another's set that lies in `row`: who publishes must be able to see, to publish, and to answer for the ward and the layer."""
    publishes = sheet.edit is not None and sees_layer(caller, sheet) and caller.able("publish_edits") and (not caller.layers or slug in caller.layers)
    if not publishes:
        return "missing"
    return "done" if _is_within(caller, row.ward) else "refused"


def _is_within(caller: Caller, ward: str) -> bool:
    return not caller.wards or ward in caller.wards


def _other(ward: str) -> str:
    return "away" if ward == "home" else "home"
