"""Who acts, why, under which paper and in which change set: what the database hears of it, and that it hears it once."""

import pytest
from django.db import connection

from geo import acting
from geo.models import User

SAID = "select current_setting('nbioc.by', true), current_setting('nbioc.because', true), current_setting('nbioc.document', true), current_setting('nbioc.change_set', true)"


def heard() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(SAID)
        return list(cursor.fetchone())


@pytest.mark.django_db(transaction=True)
def test_the_database_hears_who_why_which_paper_and_which_set_and_forgets_them_afterwards() -> None:
    """Prove that triggers can write all four beside a change, and that none of them leaks into the connection's next transaction."""
    by = User.objects.create_user("lan", password="x")

    with acting.acting(by=by, because="survey of May", document="12/QĐ-UBND", change_set=7):
        assert heard() == [str(by.pk), "survey of May", "12/QĐ-UBND", "7"]
        assert acting.current() == acting.Acting(by, "survey of May", "12/QĐ-UBND", 7)

    assert [said or "" for said in heard()] == ["", "", "", ""]
    with acting.acting(by=None, because="the next"):
        assert heard() == ["system", "the next", "", ""]


@pytest.mark.django_db(transaction=True)
def test_what_was_said_before_a_part_of_a_transaction_is_said_again_after_it() -> None:
    """Prove that a verb within another one does not give its own reason to what the outer one writes afterwards."""
    with acting.acting(by=None, because="the whole", document="1"):
        with acting.acting(by=None, because="a part"):
            assert heard() == ["system", "a part", "", ""]
        assert heard() == ["system", "the whole", "1", ""]
