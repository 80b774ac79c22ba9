"""What one caller may see: rows, fields and layers, the same at every door because there is one road."""

import pytest
from django.db import DatabaseError, connection, transaction

from geo.errors import NOT_FOUND
from geo.models import User
from layers import query
from layers.access import ANONYMOUS, opened, scope_of
from layers.layer import registry
from layers.models import History

pytestmark = pytest.mark.django_db


def test_a_layer_without_a_grant_is_as_missing_as_one_that_never_was() -> None:
    for slug in ("parcels", "no_such_layer"):
        with pytest.raises(NOT_FOUND):
            opened(slug, ANONYMOUS)


def test_names_of_land_users_leave_only_for_who_may_see_them(people: dict[str, User], town: dict) -> None:
    seen = {role: query.feature(opened("parcels", scope_of(people[role])), town["parcel"].pk) for role in ("officer", "approver")}

    assert "land_user_name" not in seen["officer"]["properties"]
    assert seen["approver"]["properties"]["land_user_name"] == "Nguyễn Văn A"


def test_a_field_that_may_not_be_seen_may_not_be_asked_for(people: dict[str, User]) -> None:
    with pytest.raises(NOT_FOUND):
        opened("parcels", scope_of(people["officer"])).column("land_user_name")


def test_a_disabled_person_sees_what_a_stranger_sees(people: dict[str, User]) -> None:
    people["operator"].is_active = False

    assert scope_of(people["operator"]) == ANONYMOUS


@pytest.mark.parametrize("slug", [layer.slug for layer in registry.all()])
def test_every_layer_answers_for_who_may_see_it(slug: str, people: dict[str, User]) -> None:
    layer = registry.get(slug)
    for person in [None, *people.values()]:
        scope = scope_of(person)
        if any(scope.may(grant.permission) for grant in layer.grants):
            assert query.features(opened(slug, scope), box=(105.0, 9.0, 106.0, 10.0)) == []
            assert query.count(opened(slug, scope)) == 0
        else:
            with pytest.raises(NOT_FOUND):
                opened(slug, scope)


def test_a_box_finds_what_is_in_it(town: dict) -> None:
    roads = opened("roads", ANONYMOUS)

    assert query.count(roads, box=(105.81, 9.81, 105.83, 9.82)) == 2
    assert query.count(roads, box=(105.70, 9.70, 105.71, 9.71)) == 0


def test_a_change_is_kept_with_who_and_why(town: dict) -> None:
    street = town["street"]
    street.name = "Lê Lợi"
    street.save()

    made, kept = History.objects.filter(layer="roads", fid=street.pk).order_by("id")
    assert (made.op, made.row_before) == ("insert", {})
    assert (kept.op, kept.because, kept.row_before["name"]) == ("update", "a small town", "Hùng Vương")


def test_a_change_from_any_road_needs_a_reason(town: dict) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config('nbioc.because', '', true)")
        with pytest.raises(DatabaseError, match="needs who and why"), transaction.atomic():
            cursor.execute("delete from layers_road")
