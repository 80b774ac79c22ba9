"""Prepared statements say what plain ones say, are planned once, are bounded, and follow the tables."""

import pytest
from django.db import DatabaseError, connection, transaction

from geo import prepared

pytestmark = pytest.mark.django_db
TEXT = "select %(n)s::int + count(*) from geo_role where slug <> %(slug)s"


def answer(n: int, slug: str = "x") -> int:
    with connection.cursor() as cursor:
        prepared.run_said(cursor, TEXT, {"n": n, "slug": slug})
        return int(cursor.fetchone()[0])


def numbered(n: int, slug: str = "x") -> int:
    with connection.cursor() as cursor:
        prepared.run(cursor, prepared.prepared(TEXT), {"n": n, "slug": slug})
        return int(cursor.fetchone()[0])


def known() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where name like 'nbioc_%%'", [])
        return int(cursor.fetchone()[0])


def test_the_same_words_with_the_same_values_are_prepared_once_and_other_values_are_others() -> None:
    before = known()
    assert (answer(1), answer(1), answer(2)) == (1, 1, 2)
    assert known() == before + 2
    assert answer(1, "o'clock; drop table geo_role; -- 100%") == 1


def test_numbered_parameters_are_one_statement_for_all_values_and_on_one_list_with_the_others() -> None:
    before = known()
    assert [numbered(n) for n in range(9)] == list(range(9))
    assert numbered(1, "o'clock; drop table geo_role; -- 100%") == 1
    assert known() == before + 1
    assert answer(4) == 4 and known() == before + 2


def test_rows_that_come_later_are_in_the_answer() -> None:
    first = answer(7)
    with connection.cursor() as cursor:
        cursor.execute("insert into geo_role (slug, name, name_en, permissions) values ('later', 'sau', 'later', '{}')")
    assert answer(7) == first + 1


def test_the_eldest_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST", 3)
    monkeypatch.setattr(prepared, "_known", type(prepared._known)())
    before = known()
    for n in range(100, 110):
        assert answer(n) == n
    assert known() == before + 3
    assert answer(100) == 100


def test_what_was_prepared_in_a_transaction_that_was_taken_back_is_still_there() -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        answer(55)
        with connection.cursor() as cursor:
            cursor.execute("select no_such_column from geo_role")
    assert answer(55) == 55
