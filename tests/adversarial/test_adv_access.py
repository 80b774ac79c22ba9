"""Ways around a permission, one by one: numbers guessed, fields smuggled in, hidden values asked for sideways, rights that end in the middle."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from geo.acting import acting
from geo.config.callers import Callers
from geo.models import Event, Role, Token, User
from incidents.models import Incident
from layers import query, search
from layers.access import opened, scope_of
from layers.layer import registry
from layers.library.parcels import Parcel
from layers.library.street_lights import StreetLight
from layers.models import ChangeSet, History
from tests.adversarial.permissions_doors import JSON, Cell, drafted, submitted
from tests.adversarial.permissions_world import CANARY, World, around, world
from tests.adversarial.test_adv_permissions import digest

pytestmark = pytest.mark.django_db
HIDDEN_NAME = "land_user_name"


@pytest.fixture
def city(db: None) -> Iterator[World]:
    with world() as built:
        yield built


def words(answer: Any) -> Any:
    """The whole answer but for the number that it is asked about by."""
    return answer.status_code, {**json.loads(answer.content), "request_id": ""}


def test_adv_076_a_number_that_is_not_yours_is_a_number_that_never_was(city: World) -> None:
    foreign, officer, operator = (city.clients[name] for name in ("foreign agency", "officer", "operator"))
    case, light = city.fids["incidents", "home own"], city.fids["street_lights", "home own"]
    draft = drafted(officer, [_edit(city)])
    number = draft.json()["id"]
    never = 2**40
    for client, address in (
        (foreign, "/api/incidents/{}"),
        (foreign, "/api/layers/incidents/features/{}"),
        (foreign, "/api/layers/incidents/features/{}/history"),
        (foreign, "/ogc/collections/incidents/items/{}"),
        (foreign, "/api/incidents/{}/features"),
        (foreign, "/api/layers/incidents/features/{}/photos"),
        (foreign, "/api/layers/incidents/features/{}/operations"),
    ):
        assert words(client.get(address.format(case))) == words(client.get(address.format(never))), address
        assert client.get(address.format(case)).status_code == 404, address
    for client in (foreign, operator, city.clients["approver"]):
        assert words(client.get(f"/api/changesets/{number}")) == words(client.get(f"/api/changesets/{never}"))
        for verb in ("submit", "withdraw", "approve", "return", "reject"):
            asked = [client.post(f"/api/changesets/{one}/{verb}", {"because": "x"}, content_type=JSON, headers={"If-Match": '"v1"'}) for one in (number, never)]
            assert words(asked[0]) == words(asked[1]) and asked[0].status_code == 404, verb
        assert words(client.delete(f"/api/changesets/{number}/edits/1")) == words(client.delete(f"/api/changesets/{never}/edits/1"))
    assert ChangeSet.objects.get(pk=number).status == "draft"
    assert foreign.get(f"/api/layers/street_lights/features/{light}").status_code == 200


def _edit(city: World, slug: str = "street_lights", row: str = "home own", **more: Any) -> dict[str, Any]:
    given = {"layer": slug, "op": "update", "fid": city.fids[slug, row], "version": 2, "properties": {"lamp": "SON"}}
    return given | more


SMUGGLED = [
    {"agency_id": 1}, {"version": 9}, {"id": 7}, {"fid": 7}, {"geom": "POINT(0 0)"}, {"status": "closed"}, {"owner_id": 1}, {"created_by": 1},
    {"is_staff": True}, {"is_superuser": True}, {"__class__": "x"}, {"_layer": "roads"}, {"lamp": "SON", "version": 9},
]  # fmt: skip


@pytest.mark.parametrize("smuggled", SMUGGLED, ids=str)
def test_adv_077_a_field_that_is_not_yours_to_write_is_refused_at_every_door_and_nothing_changes(city: World, smuggled: dict[str, Any]) -> None:
    cell = Cell(city, "officer", "street_lights", "home own")
    before = digest("street_lights")
    point = json.loads(around("POINT", 50).transform(4326, clone=True).json)
    feature = {"type": "Feature", "geometry": point}
    client, version = cell.client, {"If-Match": '"v2"'}
    answers = [
        client.patch(cell.feature, {"properties": smuggled}, content_type=JSON, headers=version),
        client.post("/api/layers/street_lights/features", {"properties": {"asset_code": "n", **smuggled}, "geometry": point}, content_type=JSON),
        client.post("/api/edits", {"edits": [_edit(city, properties=smuggled)]}, content_type=JSON),
        client.post("/api/edits/preview", {"edits": [_edit(city, properties=smuggled)]}, content_type=JSON),
        drafted(client, [_edit(city, properties=smuggled)]),
        client.post("/ogc/collections/street_lights/items", {**feature, "properties": {"asset_code": "n", **smuggled}}, content_type=JSON),
        client.patch(cell.item, {"type": "Feature", "properties": smuggled}, content_type=JSON, headers=version),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "field_not_writable")}
    assert digest("street_lights") == before


def test_adv_077_a_restore_over_a_standing_row_does_not_write_what_its_caller_may_not(city: World) -> None:
    well = Cell(city, "officer", "wells", "home own")
    changed = city.clients["approver"].patch(well.feature, {"properties": {"keeper": "Người mới"}}, content_type=JSON, headers=well.tag)
    assert changed.json()["properties"]["keeper"] == "Người mới"

    back = well.client.post(f"{well.feature}/restore", {"version": 1, "because": "nhầm"}, content_type=JSON, headers=well.tag)
    assert back.status_code == 200, back.content
    assert city.clients["approver"].get(well.feature).json()["properties"]["keeper"] == "Người mới"


def test_adv_078_a_hidden_field_is_answered_sideways_by_no_door(city: World) -> None:
    client, fid = city.clients["officer"], city.fids["parcels", "home own"]
    items, text = "/ogc/collections/parcels/items?f=json", quote(f"{HIDDEN_NAME} = '{CANARY}'")
    other = quote("no_such_field = 'x'")
    json_filter = quote(json.dumps({"op": "=", "args": [{"property": HIDDEN_NAME}, CANARY]}))
    asked = {
        "filter": f"{items}&filter={text}",
        "filter in json": f"{items}&filter-lang=cql2-json&filter={json_filter}",
        "filter of a function": f"{items}&filter={quote(f'casei({HIDDEN_NAME}) = casei({chr(39)}x{chr(39)})')}",
        "null or not": f"{items}&filter={quote(f'{HIDDEN_NAME} is null')}",
        "sort": f"{items}&sortby={HIDDEN_NAME}",
        "properties": f"{items}&properties={HIDDEN_NAME}",
        "distinct": f"/api/layers/parcels/values?field={HIDDEN_NAME}",
        "by its own parameter": f"{items}&{HIDDEN_NAME}={quote(CANARY)}",
        "export": f"/api/layers/parcels/export.csv?filter={text}",
    }
    for name, address in asked.items():
        answer = client.get(address)
        assert answer.status_code in (400, 404), (name, answer.status_code)
        # What is hidden and what was never there are refused in the same words.
        never = client.get(address.replace(HIDDEN_NAME, "no_such_field_x"))
        assert (
            answer.content.decode().replace(HIDDEN_NAME, "·").split('"request_id"')[0]
            == never.content.decode().replace("no_such_field_x", "·").split('"request_id"')[0]
        )
    for address in (
        "/ogc/collections/parcels/queryables", "/ogc/collections/parcels/schema", "/api/layers", items, f"/api/layers/parcels/features/{fid}",
        f"/api/layers/parcels/features/{fid}/history", f"/api/search?q={quote(CANARY)}", "/api/layers/parcels/export.csv", f"{items}&filter={other}",
    ):  # fmt: skip
        answer = client.get(address)
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert HIDDEN_NAME.encode() not in body and CANARY.encode() not in body and json.dumps(CANARY).encode()[1:-1] not in body, address
    assert city.clients["approver"].get(f"{items}&filter={text}").json()["numberMatched"] == 4


def test_adv_078_the_history_of_a_hidden_field_says_that_nothing_changed(city: World) -> None:
    with acting(by=None, because="đổi người sử dụng"), connection.cursor() as cursor:
        cursor.execute("update layers_parcel set land_user_name = 'Người khác', version = version + 1 where id = %s", [city.fids["parcels", "home own"]])
    address = f"/api/layers/parcels/features/{city.fids['parcels', 'home own']}/history"

    told, all_of_it = (city.clients[name].get(address).json()["items"][0] for name in ("officer", "approver"))
    assert HIDDEN_NAME not in told["changed"]
    assert HIDDEN_NAME in all_of_it["changed"]


def test_adv_080_an_agency_gives_none_of_its_rows_away_and_takes_none(city: World) -> None:
    theirs = city.people["foreign agency"].agency_id
    own, foreign = (Cell(city, "own agency", "street_lights", row) for row in ("home own", "home foreign"))
    before = digest("street_lights")
    given_away = own.client.patch(own.feature, {"properties": {"responsible": theirs}}, content_type=JSON, headers=own.tag)
    taken = own.client.patch(foreign.feature, {"properties": {"responsible": own.scope.agency_id}}, content_type=JSON, headers=foreign.tag)

    assert {(answer.status_code, answer.json()["code"]) for answer in (given_away, taken)} == {(403, "not_your_row")}
    assert digest("street_lights") == before


def test_adv_080_a_move_leaves_both_places_in_the_history(city: World) -> None:
    cell = Cell(city, "officer", "hydrants", "home own")
    there = json.loads(around("POINT", 2_700).transform(4326, clone=True).json)
    here = cell.client.get(cell.feature).json()["geometry"]
    moved = cell.client.patch(cell.feature, {"geometry": there, "because": "dời trụ"}, content_type=JSON, headers=cell.tag)

    assert moved.status_code == 200
    kept = History.objects.filter(layer="hydrants", fid=cell.fid).order_by("-id")[0]
    assert kept.because == "dời trụ" and kept.by_id == city.people["officer"].pk
    last, *_, first = cell.client.get(f"{cell.feature}/history").json()["items"]
    assert last["geometry"]["coordinates"] == pytest.approx(there["coordinates"], abs=1e-7)
    assert first["geometry"] == here


def test_adv_081_a_right_that_ends_between_two_pages_ends_the_pages(city: World) -> None:
    client = city.clients["operator"]
    page = client.get("/ogc/collections/parcels/items?f=json&limit=2").json()
    following = next(link["href"] for link in page["links"] if link["rel"] == "next")
    city.people["operator"].roles.clear()

    assert client.get(following.replace("http://testserver", "")).status_code == 404
    assert client.get("/api/layers/parcels/features?limit=2&after=1").status_code == 404


def test_adv_081_a_right_that_ends_between_submitting_and_approving_publishes_nothing(city: World) -> None:
    sent = submitted(city.clients["officer"], [_edit(city)])
    assert sent.status_code == 200, sent.content
    # They still see the layer, and may no longer change it.
    city.people["officer"].roles.set([Role.objects.get(slug="kiosk")])
    before = digest("street_lights")
    done = city.clients["approver"].post(f"/api/changesets/{sent.json()['id']}/approve", {}, content_type=JSON, headers={"If-Match": sent["ETag"]})

    assert done.status_code == 403, done.content
    assert digest("street_lights") == before
    assert ChangeSet.objects.get(pk=sent.json()["id"]).status == "submitted"


def test_adv_081_the_fast_doors_forget_a_person_within_seconds(city: World) -> None:
    _, secret = Token.issue(name="wall", user=city.people["officer"])
    headers = {b"authorization": f"Bearer {secret}".encode()}
    remembering, forgetful = Callers(), Callers(remembered_s=0.0)
    assert remembering.remembered_s <= 5
    assert "edit_assets" in forgetful.found(headers).permissions
    city.people["officer"].roles.clear()

    assert forgetful.remembered(headers) is None
    assert forgetful.found(headers).permissions == frozenset()


def test_adv_082_one_edit_that_is_not_allowed_takes_the_others_with_it(city: World) -> None:
    allowed, forbidden = _edit(city), _edit(city, "wards", properties={"name": "X"})
    hidden = _edit(city, "incidents", properties={"status": "closed"})
    before = digest("street_lights")
    for bad, status in ((forbidden, 403), (hidden, 404)):
        for pair in ([allowed, bad], [bad, allowed]):
            answer = city.clients["officer"].post("/api/edits", {"edits": pair}, content_type=JSON)
            assert answer.status_code == status, answer.content
            assert drafted(city.clients["officer"], pair).status_code == status
    assert digest("street_lights") == before


def test_adv_082_hidden_methods_and_the_administrators_pages_are_closed(city: World) -> None:
    client, cell = city.clients["operator"], Cell(city, "operator", "street_lights", "home own")
    before = digest("street_lights")

    assert client.get("/admin/").status_code == 302
    assert client.get("/admin/geo/user/").status_code == 302
    for method in ("DELETE", "PATCH", "PUT"):
        over = client.post(cell.feature, {}, content_type=JSON, headers={"X-HTTP-Method-Override": method, "X-Method-Override": method})
        assert over.status_code == 405
        assert client.post(f"{cell.item}?_method={method}", {}, content_type=JSON).status_code in (400, 405)
    assert client.generic("TRACE", cell.feature).status_code == 405
    # Only what this caller could do is told as possible.
    allowed = client.options(cell.item)
    assert allowed.status_code in (200, 204) and not {"DELETE", "PUT", "PATCH"} & set(allowed.get("Allow", "").replace(" ", "").split(","))
    assert digest("street_lights") == before


def test_adv_085_what_the_database_refuses_is_told_without_its_words(city: World) -> None:
    cell = Cell(city, "officer", "street_lights", "home own")
    taken = StreetLight.objects.get(pk=city.fids["street_lights", "away foreign"]).asset_code
    twice = cell.client.patch(cell.feature, {"properties": {"asset_code": taken}}, content_type=JSON, headers=cell.tag)

    assert (twice.status_code, twice.json()["code"]) == (409, "conflict")
    assert not any(word in twice.content.decode().lower() for word in (taken, "constraint", "layers_streetlight", "key (", "duplicate", "psycopg"))


def test_adv_085_a_number_of_rows_is_of_the_rows_that_the_caller_sees(city: World) -> None:
    for name, count in (("operator", 3), ("leader", 1), ("own agency", 1), ("field", 1)):
        told = city.clients[name].get("/ogc/collections/incidents/items?f=json").json()
        assert (told["numberMatched"], told["numberReturned"], len(told["features"])) == (count, count, count), name
        whole = query.count(opened("incidents", scope_of(city.people[name])))
        assert whole == count


KIOSK_MAY_KNOW = {
    "parcels": {"ward_code", "ward_valid_from", "sheet_no", "parcel_no", "number", "land_use", "legal_area_m2", "measured_area_m2", "status", "certificate_no"},
    "wells": {"name", "depth_m"},
    "hydrants": {"asset_code", "condition", "lifecycle", "owner", "responsible", "kind", "flow_lps"},
}


def test_adv_086_a_machine_of_another_house_gets_the_fields_of_its_contract_and_no_others(city: World) -> None:
    _, secret = Token.issue(name="province", user=city.people["kiosk"])
    machine = Client(headers={"Authorization": f"Bearer {secret}"})
    for slug, fields in KIOSK_MAY_KNOW.items():
        told = machine.get(f"/ogc/collections/{slug}/items?f=json").json()["features"][0]["properties"]
        assert set(told) == fields, slug
        assert set(machine.get(f"/ogc/collections/{slug}/queryables").json()["properties"]) - {"geometry", "geom", "id", "fid"} <= fields, slug
    for internal in ("incidents", "responders", "cameras"):
        assert machine.get(f"/ogc/collections/{internal}/items?f=json").status_code == 404
    assert machine.get(f"/ogc/collections/incidents/items/{city.fids['incidents', 'home own']}").status_code == 404


def test_adv_088_what_may_not_be_seen_is_left_out_before_the_best_are_chosen(city: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # Fewer than there are restricted ones: if those were among the candidates, nobody else would be.
    monkeypatch.setattr(search, "CANDIDATES", 20)
    common = {"category": "house_fire", "process": "immediate", "severity": 5, "channel": "phone", "reported_at": Event.objects.latest("seq").at}
    with acting(by=None, because="a crowd of restricted cases"):
        for number in range(60):
            Incident.objects.create(**common, place_name=f"Vựa trái cây {number}", restricted=True, geom=around("POINT", 300))
        Incident.objects.create(**common, place_name="Vựa trái cây Bảy Ngàn", geom=around("POINT", 310))

    told = city.clients["operator"].get("/api/search?q=vua+trai+cay&limit=1").json()
    assert [one["title"] for one in told["results"]] == [Incident.objects.get(place_name="Vựa trái cây Bảy Ngàn").code]
    assert len(city.clients["operator"].get("/api/search?q=vua+trai+cay&limit=50").json()["results"]) == 1
    assert city.clients["officer"].get("/api/search?q=vua+trai+cay&limit=50").json() == {"results": [], "incomplete": []}


def test_adv_084_no_function_of_ours_runs_as_its_owner_or_looks_its_names_up_where_the_caller_says() -> None:
    """What a trigger calls must be the same whoever fires it. Functions of extensions are their makers'."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select p.oid::regprocedure::text, p.prosecdef, coalesce(array_to_string(p.proconfig, ','), ''), p.prorettype = 'trigger'::regtype, p.prolang::regclass::text"
            "  from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
            " where n.nspname in ('public', 'made') and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')"
        )
        ours = cursor.fetchall()
        cursor.execute(
            "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'made') and relkind in ('m', 'f')"
        )
        copies = cursor.fetchall()

    assert len(ours) >= 4
    assert [name for name, definer, *_ in ours if definer] == []
    assert [name for name, _, config, is_trigger, _ in ours if is_trigger and "search_path" not in config] == []
    # A copy of rows, or a table of another house, would be a second road to them.
    assert copies == []


def test_adv_084_every_view_of_ours_is_a_layer_that_access_opens() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public' and relkind = 'v'"
            " and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')"
        )
        views = {row[0] for row in cursor.fetchall()}

    assert views <= {layer.table() for layer in registry.all()} | {table for layer in registry.all() for table in layer.base_tables()}
    assert Parcel._meta.db_table not in views
    assert User._meta.db_table not in views
