"""What the command bar waits for: every kind of thing that is said in it, asked of a city of a million cases as an operator.

The whole answer is timed, in one process and without HTTP: reading the text, every layer, ranking.
"""

import statistics
import time

import django

django.setup()

from geo import plus_codes  # noqa: E402
from geo.city import CITY  # noqa: E402
from geo.models import User  # noqa: E402
from layers import search  # noqa: E402
from layers.access import Scope, scope_of  # noqa: E402
from layers.library.buildings import Building  # noqa: E402
from layers.library.parcels import Parcel  # noqa: E402
from tests.bench import million  # noqa: E402

ROUNDS = 40
LIMIT = 8


def said() -> dict[str, list[str]]:
    """What people type, of things that are in this city."""
    houses = list(Building.objects.exclude(address="").order_by("pk").values_list("address", flat=True)[:20_000:2_000])
    parcels = list(Parcel.objects.order_by("pk").values_list("sheet_no", "parcel_no")[:50_000:5_000])
    plain = [search_text.split(" ", 1) for search_text in houses]
    return {
        "house": houses,
        "house without marks": [f"so {number} duong {street}" for number, street in plain],
        "house not registered": [f"{number}/9 {street}" for number, street in plain],
        "parcel": [f"tờ {sheet} thửa {number}" for sheet, number in parcels],
        "post": ["trụ đèn 47", "cột 1203", "TRU-00012", "đèn số 5"],
        "landmark": ["cho nga bay", "benh vien", "truong tieu hoc", "uy ban"],
        "mistyped": ["cho nga baj", "bennh vien", "hung vuonng"],
        "coordinates": ["9.8165, 105.815", "9°49'00\"B 105°49'00\"Đ"],
        "plus code": [plus_codes.encode(CITY.view["lat"], CITY.view["lon"])[4:] + " Ngã Bảy"],
        "words of a case": ["chay nha", "ngap nuoc", "mat trom xe"],
        "half a word": ["hu", "ngu", "tra"],
    }


def seconds(scope: Scope, text: str) -> float:
    began = time.perf_counter()
    search.find(scope, text=text, limit=LIMIT, current=True)
    return time.perf_counter() - began


def main() -> None:
    """Ask, print."""
    million.stand()
    scope = scope_of(User.objects.get(username="operator"))
    everything: list[float] = []
    for kind, texts in said().items():
        for text in texts:
            seconds(scope, text)
        taken = sorted(seconds(scope, text) for _ in range(ROUNDS // len(texts) + 1) for text in texts)
        everything += taken
        print(f"{kind:24s} p50 {statistics.median(taken) * 1000:7.1f} ms   p95 {taken[int(len(taken) * 0.95)] * 1000:7.1f} ms   n {len(taken)}")
    everything.sort()
    print(f"{'all together':24s} p50 {statistics.median(everything) * 1000:7.1f} ms   p95 {everything[int(len(everything) * 0.95)] * 1000:7.1f} ms")


if __name__ == "__main__":
    main()
