"""An exercise uses everything and is counted nowhere: every reader that counts or tells outside is walked."""

import re
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from geo.models import User
from incidents import statistics
from incidents.models import Incident
from layers.access import ANONYMOUS, Scope, opened_for_counting, scope_of
from tests.conftest import city_wkt
from tests.incidents.conftest import report
from tiles import offline_page

pytestmark = pytest.mark.django_db

ROOT = Path(statistics.__file__).resolve().parents[1]
COUNTS = re.compile(r"\bcount\s*\(|percentile_cont|\bavg\s*\(", re.IGNORECASE)
# What counts something else beside cases: the people of a crew.
OTHER = {"unit_map.sql"}


def cases(n: int, **more: object) -> None:
    common = {"category": "crash", "process": "immediate", "severity": 5, "channel": "phone", "ward_code": "31340", "reported_at": timezone.now()}
    for number in range(n):
        Incident.objects.create(**common, **more, geom=city_wkt("POINT", (100 + number, 20)))


def told(client: Client) -> dict[str, object]:
    """Everything that the wall and the heat say, without the moment at which they said it."""
    wall = client.get("/api/wall").json()
    return {name: value for name, value in wall.items() if name not in ("as_of", "period")} | {"heat": client.get("/api/heat/summary").json()["n"]}


@pytest.mark.parametrize("role", ["operator", "leader", "kiosk", "admin"])
def test_no_figure_moves_by_an_exercise(people: dict[str, User], town: dict, role: str) -> None:
    client = Client()
    client.force_login(people[role])
    cases(6)
    before = told(client)

    cases(7, exercise=True)
    cases(7, exercise=True, restricted=True)

    assert before["n"] == 6
    assert told(client) == before


def test_nobody_counts_an_exercise_whoever_they_are(people: dict[str, User], town: dict) -> None:
    cases(9, exercise=True)
    cases(9, exercise=True, restricted=True)

    assert offline_page.contents(scope_of(people["operator"]), {}, at=timezone.now())["cells"]["features"] == []
    assert {name: counted(scope_of(person)) for name, person in people.items()} == dict.fromkeys(people, 0)
    assert counted(ANONYMOUS) == 0


def counted(scope: Scope) -> int:
    rows = opened_for_counting("incidents", scope).rows
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from incidents_incident t where {rows.where.as_string(cursor.cursor)}", rows.params)
        return int(cursor.fetchone()[0])


def test_every_statement_that_counts_cases_leaves_exercises_out() -> None:
    """Prove that a statement which is written later does not forget them: each file that reads cases and counts names the column."""
    statements = [path for room in ("incidents", "layers", "tiles", "cameras") for path in (ROOT / room / "sql").glob("*.sql")]
    counting = {path.name: path.read_text() for path in statements if "incidents_incident" in path.read_text() and COUNTS.search(path.read_text())}

    assert {"wall.sql", "wards.sql"} <= set(counting)
    assert [name for name, text in counting.items() if "not exercise" not in text and ".exercise" not in text and name not in OTHER] == []


def test_a_case_is_an_exercise_from_its_report_on_or_never(operator: Client, town: dict) -> None:
    case = report(operator)

    with pytest.raises(DatabaseError, match="exercise"), transaction.atomic():
        Incident.objects.filter(pk=case["id"]).update(exercise=True)
    assert case["exercise"] is False
