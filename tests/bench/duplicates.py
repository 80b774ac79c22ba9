"""What may be the same as a new report, in a city of a million cases: the whole answer as an operator, and the plan of its statement.

Both speeds, in the middle of the town and at its edge, with a place and without one; in one process and without HTTP.
"""

import statistics
import time
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from geo.city import CITY  # noqa: E402
from geo.models import User  # noqa: E402
from incidents.intake import duplicates  # noqa: E402
from incidents.models import Incident  # noqa: E402
from layers.access import Scope, opened, scope_of  # noqa: E402
from tests.bench import million  # noqa: E402

ASKED = 40
KINDS = ("house_fire", "crash", "crowd", "high_tide", "pothole", "street_light", "power_outage", "illegal_building")


def asked(category: str, placed: bool) -> list[dict[str, Any]]:
    """Cases of a kind that stand where cases are, as a list shows them."""
    found = Incident.objects.filter(category=category, restricted=False, geom__isnull=False).order_by("-reported_at")[:ASKED]
    rows = [(case, case.geom.transform(4326, clone=True)) for case in found]
    return [
        {
            "id": case.pk,
            "category": category,
            "reported_at": (case.reported_at + timedelta(seconds=1)).isoformat(),
            "lon": place.x if placed else None,
            "lat": place.y if placed else None,
            "accuracy_m": case.accuracy_m,
            "description": case.description,
            "place_name": case.place_name,
            "reporter_phone": case.reporter_phone,
            "channel": case.channel,
            "exercise": False,
            "closed_at": None,
        }
        for case, place in rows
    ]


def seconds(item: dict[str, Any], scope: Scope) -> tuple[float, int]:
    began = time.perf_counter()
    found = duplicates.suggested(item, scope)
    duplicates.mass(item, scope)
    return time.perf_counter() - began, len(found)


def plan(item: dict[str, Any], scope: Scope) -> str:
    text, params = duplicates.asked(item, CITY.categories[item["category"]], opened("incidents", scope))
    with connection.cursor() as cursor:
        cursor.execute(f"explain (analyze, costs off, timing off, summary on) {text}", params)
        return "\n".join(row[0] for row in cursor.fetchall())


def main() -> None:
    """Ask, print."""
    million.stand()
    scope = scope_of(User.objects.get(username="operator"))
    print(f"{Incident.objects.count():,} cases, {Incident.objects.filter(closed_at=None).count():,} of them open")
    everything: list[float] = []
    for category in KINDS:
        for placed in (True, False):
            items = asked(category, placed)
            for item in items[:2]:
                seconds(item, scope)
            taken = [seconds(item, scope) for item in items]
            times = sorted(one for one, _ in taken)
            everything += times
            print(
                f"{category:18s} {'placed  ' if placed else 'no place'} p50 {statistics.median(times) * 1000:6.1f} ms   p95 {times[int(len(times) * 0.95)] * 1000:6.1f} ms"
                f"   {sum(n for _, n in taken) / len(taken):4.1f} suggested"
            )
    everything.sort()
    print(f"{'all together':27s} p50 {statistics.median(everything) * 1000:6.1f} ms   p95 {everything[int(len(everything) * 0.95)] * 1000:6.1f} ms")
    for category, placed in (("crash", True), ("pothole", True), ("pothole", False)):
        print(f"\n{category}, {'placed' if placed else 'no place'}\n{plan(asked(category, placed)[0], scope)}")


if __name__ == "__main__":
    main()
