"""Search as people type: without marks, in a hurry, with the wrong rights, and over a million cases."""

import itertools
import unicodedata
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from psycopg2 import sql

from geo.acting import acting
from geo.errors import BAD_REQUEST
from geo.models import User
from layers import search
from layers.access import ANONYMOUS, Opened, Scope, opened, scope_of, visible_layers
from layers.library.public_places import PublicPlace
from tests.conftest import city_wkt

pytestmark = pytest.mark.django_db


@pytest.fixture
def places(db: None) -> dict[str, PublicPlace]:
    with acting(by=None, because="test"):
        return {
            name: PublicPlace.objects.create(name=name, kind="market", address=address, geom=city_wkt("POINT", (number * 10, 5)))
            for number, (name, address) in enumerate(
                [
                    ("Chợ Ngã Bảy", "Hùng Vương"),
                    ("Chợ Ngã Bảy 2", ""),
                    ("Bến xe gần chợ Ngã Bảy", ""),
                    ("Đình Đại Thành", "Ấp 4"),
                    ("Quán 100%", ""),
                    ("Quán A_B", r"C:\quán"),
                    ("Trường O'Brien 🏫", ""),
                ]
            )
        }


def titles(text: str, scope: Scope = ANONYMOUS, limit: int = 20) -> list[str]:
    return [result["title"] for result in search.find(scope, text=text, limit=limit).results]


def test_marks_case_and_spaces_make_no_difference_and_the_exact_name_comes_first(places: dict[str, PublicPlace]) -> None:
    wanted = ["Chợ Ngã Bảy", "Chợ Ngã Bảy 2", "Bến xe gần chợ Ngã Bảy"]

    for text in ("cho nga bay", "CHỢ NGÃ BẢY", "  chợ   ngã bảy ", "cho\u00a0nga\u200b bay"):
        assert titles(text) == wanted


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_every_unicode_form_of_a_word_is_the_same_word(form: str, places: dict[str, PublicPlace]) -> None:
    assert titles(unicodedata.normalize(form, "Đình Đại Thành")) == ["Đình Đại Thành"]


def test_a_name_kept_decomposed_is_found_too(db: None) -> None:
    with acting(by=None, because="test"):
        PublicPlace.objects.create(name=unicodedata.normalize("NFD", "Cầu Đường Láng"), kind="bridge", geom=city_wkt("POINT", (0, 0)))

    assert len(titles("cầu đường láng")) == len(titles("cau duong lang")) == 1


def test_the_fold_agrees_with_an_independent_one_on_every_vietnamese_letter() -> None:
    letters = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ"
    text = letters + letters.upper()
    plain = "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one)).lower().replace("đ", "d")

    with connection.cursor() as cursor:
        cursor.execute("select public.nbioc_fold(%s), public.nbioc_fold(%s)", [text, unicodedata.normalize("NFD", text)])
        assert cursor.fetchone() == (plain, plain)


@pytest.mark.parametrize(("text", "wanted"), [("100%", ["Quán 100%"]), ("a_b", ["Quán A_B"]), ("c:\\", ["Quán A_B"]), ("o'brien", ["Trường O'Brien 🏫"])])
def test_signs_with_a_meaning_in_sql_stand_for_themselves(text: str, wanted: list[str], places: dict[str, PublicPlace]) -> None:
    assert titles(text) == wanted


@pytest.mark.parametrize(
    "text", ["", "   ", "%", "_", "\\", "%%%%", "\0", "'; drop table geo_user; --", "((((", "\u0301\u0301", "😀", "a" * 200, "a b c d e f g h i j k"]
)
def test_hostile_and_empty_queries_find_nothing_and_break_nothing(text: str, places: dict[str, PublicPlace]) -> None:
    assert titles(text) == []


def test_words_are_found_in_any_order_and_across_columns_and_short_ones_must_begin(places: dict[str, PublicPlace]) -> None:
    assert titles("bay nga xe")[:1] == ["Bến xe gần chợ Ngã Bảy"]
    assert titles("hung vuong nga bay")[:1] == ["Chợ Ngã Bảy"]
    assert titles("dai 4")[:1] == ["Đình Đại Thành"]
    assert titles("ap 4") == ["Đình Đại Thành"]
    assert titles("di") == ["Đình Đại Thành"]


def test_a_slip_of_the_finger_still_finds(places: dict[str, PublicPlace]) -> None:
    assert titles("cho nga bai")[0] == "Chợ Ngã Bảy"


def test_too_long_or_too_many_is_refused() -> None:
    for given in ({"text": "a" * 201}, {"text": "a", "limit": 0}, {"text": "a", "limit": 51}):
        with pytest.raises(BAD_REQUEST):
            search.find(ANONYMOUS, **given)


def many_cases(count: int) -> None:
    with acting(by=None, because="many cases"), connection.cursor() as cursor:
        cursor.execute(
            "insert into incidents_incident (code, category, process, severity, status, description, place_name, place_source, channel, reporter_name,"
            " reporter_phone, restricted, ward_code, ward_name, road_name, reported_at, outcome, answer, version, geom)"
            " select 'C' || n, 'fire', 'timed', 3, 'closed', 'Ngập nước trên đường phố, xe không qua được, số ' || n, 'Hẻm ' || n || ' đường Hùng Vương', '', 'call',"
            " 'Nguyễn Bí Mật', '0909', n %% 2 = 0, '', '', '', now(), '', '', 1, public.st_setsrid(public.st_point(560000 + n %% 1000, 1085000 + n / 1000), %s)"
            " from generate_series(1, %s) n",
            [city_wkt("POINT", (0, 0)).srid, count],
        )
        cursor.execute("analyze incidents_incident")


def test_cases_are_found_only_by_who_may_see_them_and_never_by_their_reporter(people: dict[str, User], db: None) -> None:
    many_cases(10)

    assert titles("hem 3 duong") == []
    assert titles("hem 3 duong", scope_of(people["operator"])) == ["C3"]
    assert titles("hem 4 duong", scope_of(people["operator"])) == []
    assert titles("hem 4 duong", scope_of(people["leader"])) == ["C4"]
    assert titles("nguyen bi mat", scope_of(people["operator"])) == []


TEXTS = ("duong", "hem 777 hung vuong", "c777", "ng", "xyzzy qwerty", "ngap nuuc")


def test_no_query_reads_a_large_table_from_end_to_end(people: dict[str, User], db: None) -> None:
    many_cases(12_000)
    walks = []
    for role, text, similar in itertools.product(("operator", "leader", "agency", "field"), TEXTS, (False, True)):
        scope, asked = scope_of(people[role]), search.Asked(text, tuple(text.split()))
        with connection.cursor() as cursor:
            cursor.execute(f"select {search.BY_INDEX}")
            cursor.execute("explain (format json) " + search.candidates(opened("incidents", scope), asked, similar=similar).as_string(connection.connection),
                           {**scope.parameters(), **asked.parameters()})  # fmt: skip
            plan = cursor.fetchone()[0][0]["Plan"]
        read = [node for node in nodes(plan) if node.get("Relation Name") == "incidents_incident" or node["Node Type"] == "Bitmap Index Scan"]
        assert read
        walks += [(role, text, similar) for node in read if node["Node Type"] != "Bitmap Heap Scan" and "Index Cond" not in node]
    assert walks == [], "a walk over everything"


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [plan, *(inner for child in plan.get("Plans", []) for inner in nodes(child))]


def test_every_layer_of_everyone_can_be_searched(people: dict[str, User], town: dict) -> None:
    for person in [None, *people.values()]:
        scope = scope_of(person)
        found, seen = search.find(scope, text="hung vuong"), {one.layer.slug for one in visible_layers(scope)}
        assert {result["layer"] for result in found.results} <= seen
        assert found.incomplete == []
    assert titles("hung vuong")[0] == "Hùng Vương"


def test_the_answer_has_the_place_and_a_box_for_what_is_not_a_point(client: Client, town: dict) -> None:
    answer = client.get("/api/search", {"q": "hùng vương"}).json()

    (road,) = answer["results"]
    assert (road["layer"], road["fid"], road["title"]) == ("roads", town["street"].pk, "Hùng Vương")
    west, south, east, north = road["bbox"]
    assert west <= road["lon"] <= east
    assert south <= road["lat"] <= north
    assert client.get("/api/search", {"q": "a", "limit": "51"}).status_code == 400
    assert client.get("/api/search").status_code == 400


def test_installing_twice_changes_nothing(db: None) -> None:
    def standing() -> list[tuple[str]]:
        with connection.cursor() as cursor:
            cursor.execute("select oid, relname from pg_class where relname like 'find!_%%' escape '!' order by 1", [])
            return cursor.fetchall()

    before = standing()
    search.install()

    assert len(before) > 20
    assert standing() == before


def test_a_layer_that_takes_too_long_is_named_and_hides_no_other(people: dict[str, User], town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = search.candidates

    def slow(seen: Opened, asked: search.Asked, *, similar: bool) -> sql.Composed:
        made = plain(seen, asked, similar=similar)
        late = sql.SQL("select s.* from (select pg_catalog.pg_sleep(5)) z left join lateral ({}) s on true")
        return late.format(made) if seen.layer.slug == "canals" else made

    monkeypatch.setattr(search, "candidates", slow)
    monkeypatch.setattr(search, "STATEMENT_TIMEOUT_MS", 150)
    found = search.find(ANONYMOUS, text="hung vuong")

    assert (found.results[0]["title"], found.incomplete) == ("Hùng Vương", ["canals"])


def test_a_parcel_is_found_by_its_sheet_and_number(people: dict[str, User], town: dict) -> None:
    officer = scope_of(people["officer"])

    assert titles("12/47", officer) == ["12/47"]
    assert titles("12/47") == []
    assert titles("nguyen van a", scope_of(people["approver"])) == []


def test_coordinates_are_a_place_of_no_layer_and_come_first(db: None) -> None:
    said = search.find(ANONYMOUS, text="9.8165, 105.8150").results[0]

    assert (said["layer"], said["lon"], said["lat"], said["subtitle"]) == ("", 105.815, 9.8165, "WGS84 · ±5.5 m")
    assert search.find(ANONYMOUS, text="21.0285, 105.8542").results == []


def test_on_the_telephone_closed_cases_are_found_by_their_code_alone(people: dict[str, User], db: None) -> None:
    many_cases(10)
    with acting(by=None, because="test"), connection.cursor() as cursor:
        cursor.execute("update incidents_incident set closed_at = now() where code <> 'C3'")
    scope = scope_of(people["operator"])

    assert [row["title"] for row in search.find(scope, text="hem 5 duong", current=True).results] == []
    assert [row["title"] for row in search.find(scope, text="hem 5 duong").results] == ["C5"]
    assert [row["title"] for row in search.find(scope, text="hem 3 duong", current=True).results] == ["C3"]
    assert [row["title"] for row in search.find(scope, text="c5", current=True).results] == ["C5"]


def test_what_stands_now_has_an_index_of_its_own(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_indexes where tablename = 'incidents_incident' and indexname like 'find\\_%%' and indexdef like '%%USING gin%%WHERE (closed_at IS NULL)%%'"
        )
        assert cursor.fetchone() == (1,)


def test_who_says_a_name_exactly_is_not_offered_what_merely_sounds_like_it(town: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    ask = search._ask
    monkeypatch.setattr(search, "_ask", lambda *args, similar: asked.append(similar) or ask(*args, similar=similar))

    search.find(ANONYMOUS, text="hung vuong")
    search.find(ANONYMOUS, text="hung vuonk")

    assert asked == [False, False, True]
