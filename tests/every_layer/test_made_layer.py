"""A layer made at run time, with review, choices and a field for few, at the same doors and against the same table as the layers of the source."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from geo.acting import acting
from geo.models import User
from layers import query
from layers.access import opened
from layers.layer import Choice, Field, registry
from layers.making import made
from layers.models import MadeLayer
from tests.conftest import city_wkt
from tests.every_layer import table
from tests.every_layer.test_every_layer import by_box, by_catalogue, by_feature, by_ogc, by_tile, person, scope
from tests.tiles.test_door import as_

pytestmark = pytest.mark.django_db
SLUG = "wells"
FIELDS = (
    Field("name", "Tên", "Name", required=True),
    Field("state", "Tình trạng", "State", choices=(Choice("dry", "Cạn", "Dry"), Choice("wet", "Có nước", "Wet"))),
    Field("owner", "Chủ giếng", "Owner", see="see_land_users", edit="publish_edits"),
)


@pytest.fixture
def wells(people: dict[str, User]) -> Iterator[dict[str, int]]:
    """One that stands and one that has been deleted."""
    shape = bytes(city_wkt("POINT", (30, 30)).ewkb)
    insert = "insert into made.wells (name, state, owner, geom) values ('Giếng 1', 'dry', 'Trần Thị B', st_geomfromewkb(%s)) returning id"
    with acting(by=None, because="wells"):
        made.make(slug=SLUG, vi="Giếng", en="Wells", geometry_type="Point", fields=FIELDS, label="name", review=True, at=timezone.now())
        with connection.cursor() as cursor:
            fids = []
            for _ in range(2):
                cursor.execute(insert, [shape])
                fids.append(cursor.fetchone()[0])
            cursor.execute("delete from made.wells where id = %s", [fids[1]])
    made.refresh()
    yield {"standing": fids[0], "gone": fids[1]}
    MadeLayer.objects.all().delete()
    made.refresh()


@pytest.mark.parametrize("caller", table.CALLERS)
def test_each_caller_sees_its_rows_and_no_others_at_every_door(caller: str, people: dict[str, User], wells: dict[str, int]) -> None:
    user, seen, client = person(caller, people), table.STAFF[caller], Client()
    if user:
        client.force_login(user)
    expected = {wells[name] for name in seen or ()}

    assert by_feature(SLUG, wells, client) == expected
    assert by_catalogue(SLUG, wells, client) is (seen is not None)
    for rows in (by_ogc(SLUG, wells, client), by_box(SLUG, scope(user)), by_tile(SLUG, scope(user))):
        assert rows == (expected if seen is not None else "missing")


@pytest.mark.parametrize(("role", "told"), [("officer", False), ("approver", True), ("operator", False)])
def test_a_field_for_few_leaves_for_nobody_else(role: str, told: bool, people: dict[str, User], wells: dict[str, int]) -> None:
    client = Client()
    client.force_login(people[role])
    seen = opened(SLUG, scope(people[role]))

    assert ("owner" in query.feature(seen, wells["standing"])["properties"]) is told
    for door in (f"/api/layers/{SLUG}/features", f"/ogc/collections/{SLUG}/items?f=json", f"/ogc/collections/{SLUG}/queryables", f"/tiles/{SLUG}.json"):
        body = client.get(door).content if not door.startswith("/tiles") else as_(scope(people[role])).get(door)[2]
        assert (b'"owner"' in body) is told, door
    assert client.get(f"/ogc/collections/{SLUG}/items?f=json&filter=owner='x'").status_code == (200 if told else 400)


def test_the_style_names_it_like_any_other(people: dict[str, User], wells: dict[str, int]) -> None:
    style = as_(scope(people["officer"])).get("/tiles/style.json")[2].decode()

    assert f'"/tiles/{SLUG}/' in style and f'"/tiles/{SLUG}_label/' in style


def test_it_waits_for_a_second_person_and_its_list_of_choices_holds(people: dict[str, User], wells: dict[str, int]) -> None:
    officer, approver = Client(), Client()
    officer.force_login(people["officer"])
    approver.force_login(people["approver"])
    where = f"/api/layers/{SLUG}/features/{wells['standing']}"
    straight = officer.patch(where, {"properties": {"state": "wet"}}, content_type="application/json", headers={"If-Match": '"v1"'})
    assert (straight.status_code, straight.json()["code"]) == (409, "review_required")

    draft = officer.post("/api/changesets", {"title": "giếng"}, content_type="application/json").json()
    change = {"layer": SLUG, "op": "update", "fid": wells["standing"], "version": 1, "properties": {"state": "wet"}}
    # What a list does not hold is refused when the draft is written, and never later.
    wrong = officer.post(f"/api/changesets/{draft['id']}/edits", {"edits": [{**change, "properties": {"state": "full"}}]}, content_type="application/json")
    assert wrong.status_code == 422
    taken = officer.post(f"/api/changesets/{draft['id']}/edits", {"edits": [change]}, content_type="application/json")
    assert taken.status_code == 200, taken.content
    tag = {"If-Match": taken["ETag"]}
    sent = officer.post(f"/api/changesets/{draft['id']}/submit", {"because": "đo lại", "document": "12/BC"}, content_type="application/json", headers=tag)
    assert sent.status_code == 200, sent.content
    done = approver.post(f"/api/changesets/{draft['id']}/approve", {}, content_type="application/json", headers={"If-Match": sent["ETag"]})
    assert (done.status_code, done.json()["status"]) == (200, "published")
    assert officer.get(where).json()["properties"]["state"] == "wet"
    assert registry.known(SLUG).review
