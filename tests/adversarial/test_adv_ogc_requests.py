"""What the outside may try with whole requests to the OGC API: bodies that say two things, other types, other methods, heavy headers, slow patterns."""

import importlib
import json
import pkgutil
import re
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

import cameras
import geo
import incidents
import layers
import tiles
from geo.models import Token, User
from layers.library.public_places import PublicPlace
from layers.models import History
from tests.conftest import JUNCTION
from tests.elsewhere import environment, serving

ITEMS = "/ogc/collections/public_places/items"
FEATURE = {"type": "Feature", "properties": {"name": "Chợ", "kind": "market"}, "geometry": {"type": "Point", "coordinates": JUNCTION}}
POINT = json.dumps(FEATURE["geometry"])


@pytest.fixture
def officer(people: dict[str, User]) -> Client:
    return Client(headers={"Authorization": f"Bearer {Token.issue(name='desk', user=people['officer'])[1]}"})


def refused(answer: Any, *statuses: int) -> dict[str, Any]:
    assert answer.status_code in statuses, (answer.status_code, answer.content[:300])
    assert answer["Content-Type"] == "application/problem+json"
    assert len(answer.content) < 3_000
    return answer.json()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        f'{{"type": "Feature", "geometry": {POINT}, "properties": {{"name": "a", "kind": "market", "name": "b"}}}}',
        f'{{"type": "Feature", "properties": {{"name": "a", "kind": "market"}}, "properties": {{}}, "geometry": {POINT}}}',
        f'{{"type": "Feature", "geometry": {POINT}, "properties": {{"name": "a", "kind": "market", "__proto__": {{"edit": true}}}}}}',
        f'{{"type": "Feature", "geometry": {POINT}, "properties": [["name", "a"]]}}',
        f'{{"type": "Feature", "geometry": {POINT}, "properties": {{"name": ["a"], "kind": "market"}}}}',
        f'{{"type": "Feature", "geometry": {POINT}, "properties": {{"name": {{"$gt": ""}}, "kind": "market"}}}}',
        f'{{"type": "Feature", "geometry": {POINT}, "properties": {{"name": true, "kind": "market"}}}}',
        f'{{"type": ["Feature"], "geometry": {POINT}, "properties": {{"name": "a", "kind": "market"}}}}',
        f'[{{"type": "Feature", "geometry": {POINT}}}]',
        '{"type": "Feature", "geometry": {"type": "Point", "coordinates": [NaN, 9]}, "properties": {"name": "a", "kind": "market"}}',
        '{"type": "Feature", "geometry": {"type": "Point", "coordinates": "105,9"}, "properties": {"name": "a", "kind": "market"}}',
        '{"type": "Feature", "geometry": "POINT(105.8 9.8)", "properties": {"name": "a", "kind": "market"}}',
        f'{{"type": "Feature", "geometry": {POINT}, "properties": {{"name": "a\\u0000b", "kind": "market"}}}}',
        f'{{"type": "Feature", "geometry": {POINT}, "properties": {{"name": "a\\ud800", "kind": "market"}}}}',
        f'{{"type": "Feature", "geometry": {POINT}, "properties": {{"name": "a", "kind": "market"}}',
        "\ufeff{}",
        "null",
        "",
    ],
)
def test_adv_060_a_body_that_says_two_things_or_another_kind_of_thing_is_refused(officer: Client, body: str) -> None:
    before = History.objects.count()

    assert "code" in refused(officer.generic("POST", ITEMS, body.encode("utf-8", "surrogatepass"), content_type="application/geo+json"), 400, 403, 415, 422)
    assert (PublicPlace.objects.count(), History.objects.count()) == (0, before)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "tree",
    [
        '{"op": "=", "op": "<>", "args": [{"property": "name"}, "a"]}',
        '{"op": "=", "args": [{"property": ["name"]}, "a"]}',
        '{"op": "=", "args": [{"property": {"__proto__": "name"}}, "a"]}',
        '{"op": ["="], "args": [{"property": "name"}, "a"]}',
        '{"op": "=", "args": {"0": {"property": "name"}, "1": "a"}}',
        '{"op": "=", "args": [{"property": "name"}, ["a"]]}',
        '{"op": "=", "args": [{"property": "name"}, {"a": 1}]}',
        '{"op": "=", "args": [{"property": "name"}, null]}',
        '{"op": "=", "args": [{"property": "name"}, true]}',
        '{"op": "and", "args": "name"}',
        '{"op": "in", "args": [{"property": "name"}, {"0": "a"}]}',
        '{"op": "in", "args": [{"property": "name"}, [["a"]]]}',
        '{"op": "like", "args": [{"property": "name"}, {"property": "name"}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "Point", "coordinates": {"0": 1}}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": {"0": 1}}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"bbox": [1, 2, 3, "a"]}]}',
        '{"op": "s_intersects", "args": [{"property": "geometry"}, {"type": "FeatureCollection", "features": []}]}',
        '{"op": "t_after", "args": [{"interval": {"0": ".."}}, {"date": "2025-01-01"}]}',
        '{"op": "t_after", "args": [{"interval": ["..", ".."]}, {"date": 20250101}]}',
        '{"op": "a_contains", "args": [{"property": "name"}, ["a"]]}',
        '{"op": "+", "args": [1, 2]}',
        '{"op": "casei", "args": [{"property": "name"}]}',
        '{"property": "name"}',
        '"name = 1"',
        "[]",
        "1e400",
        '{"op": "=", "args": [{"property": "name"}, "\\ud800"]}',
    ],
)
def test_adv_060_a_filter_of_other_types_is_refused(client: Client, town: dict[str, Any], tree: str) -> None:
    problem = refused(client.get("/ogc/collections/roads/items", {"filter": tree, "filter-lang": "cql2-json"}), 400)

    assert problem["code"] in ("bad_filter", "unknown_property", "unknown_function")


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["text/plain", "text/xml", "application/gml+xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""])
def test_adv_061_a_content_of_another_type_is_none_that_is_taken(officer: Client, given: str) -> None:
    assert refused(officer.generic("POST", ITEMS, json.dumps(FEATURE), content_type=given), 415)["code"] == "unsupported_media_type"


@pytest.mark.django_db
def test_adv_061_another_charset_is_not_guessed(officer: Client) -> None:
    body = json.dumps(FEATURE, ensure_ascii=False)
    assert refused(officer.generic("POST", ITEMS, body.encode("latin-1", "replace").replace(b"?", b"\xe3"), content_type="application/geo+json"), 400)
    # RFC 8259 lets nobody send UTF-16, and json reads it all the same: what is stored is what was meant.
    assert officer.generic("POST", ITEMS, body.encode("utf-16"), content_type="application/geo+json; charset=utf-16").json()["properties"]["name"] == "Chợ"


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_adv_061_a_method_is_what_the_request_line_says(officer: Client, header: str) -> None:
    born = officer.post(ITEMS, FEATURE, content_type="application/geo+json")
    where = urlsplit(born["Location"]).path
    officer.get(where, headers={header: "DELETE", "If-Match": '"v1"'})
    officer.post(ITEMS + "?_method=DELETE", FEATURE, content_type="application/geo+json", headers={header: "DELETE", "If-Match": '"v1"'})

    assert PublicPlace.objects.filter(pk=born.json()["id"]).exists()
    for method in ("TRACE", "CONNECT", "PROPFIND", "X" * 1_000):
        assert refused(officer.generic(method, where), 405)["code"] == "method_not_allowed"


@pytest.mark.django_db
def test_adv_061_a_body_beyond_what_is_taken_is_refused_by_its_size(officer: Client) -> None:
    body = json.dumps(FEATURE | {"padding": "x" * 11_000_000})

    assert refused(officer.generic("POST", ITEMS, body, content_type="application/geo+json"), 413)["code"] == "body_too_large"
    assert not PublicPlace.objects.exists()


def told(address: str, raw: bytes, patience_s: float = 10) -> list[bytes]:
    """The status lines that a server answers to bytes on one connection."""
    parts = urlsplit(address)
    found = b""
    with socket.create_connection((parts.hostname, parts.port), timeout=patience_s) as wire:
        wire.sendall(raw)
        wire.settimeout(3)
        try:
            while chunk := wire.recv(65_536):
                found += chunk
        except (TimeoutError, ConnectionResetError):
            pass
    return re.findall(rb"HTTP/1\.1 (\d{3})", found)


@pytest.mark.django_db(transaction=True)
def test_adv_061_one_request_is_one_answer_on_the_wire() -> None:
    """Two lengths, lies about chunks, a second request hidden in the body, ten thousand headers: never two answers, never a 5xx, and the next one is served."""
    small = b"GET /ogc/conformance HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    hidden = b"GET /ogc/collections HTTP/1.1\r\nHost: localhost\r\n\r\n"
    head = b"POST /ogc/collections/roads/items HTTP/1.1\r\nHost: localhost\r\n"
    attacks = {
        "both lengths": head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
        "two lengths": head + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden,
        "a length that is none": head + b"Content-Length: +5\r\n\r\nhello",
        "a chunk that lies": head + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nx\r\n0\r\n\r\n",
        "an encoding that is none": head + b"Transfer-Encoding: xchunked\r\n\r\n" + hidden,
        "a header in two lines": head + b"Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + hidden,
        "ten thousand headers": b"GET /ogc/ HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(10_000)) + b"\r\n",
        "a megabyte of header": b"GET /ogc/ HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 1_000_000 + b"\r\n\r\n",
    }
    with serving(environment()) as address:
        for name, raw in attacks.items():
            answers = told(address, raw)
            assert len(answers) <= 1 and all(status[0:1] in (b"2", b"4") for status in answers), (name, answers)
            assert told(address, small) == [b"200"], name


HOSTILE = ["a!" * 50_000, "a" * 100_000 + "!", "'" + "\\'" * 50_000, "'" + "''" * 50_000, "1" * 100_000 + "x", " " * 100_000 + "x", "0." * 50_000, '"' * 100_001, "-" * 100_000,
           "POINT(" * 20_000, "v1," * 33_000, "1e" * 50_000, "á" * 100_000 + "\0"]  # fmt: skip
QUICK_S = 0.05


def test_adv_064_no_pattern_of_the_house_takes_long_on_any_text() -> None:
    """Every compiled pattern of every module, on its worst texts of 100,000 letters, as it is used: from one place, and searching."""
    slow, seen = [], 0
    for package in (geo, layers, incidents, cameras, tiles):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations." in found.name or ".management." in found.name or found.name.startswith("geo.config"):
                continue
            for name, pattern in vars(importlib.import_module(found.name)).items():
                if not isinstance(pattern, re.Pattern) or isinstance(pattern.pattern, bytes):
                    continue
                seen += 1
                for text in HOSTILE:
                    # The best of two: a busy machine is no slow pattern.
                    took_s = min(_took_s(pattern, text) for _ in range(2))
                    if took_s > QUICK_S:
                        slow.append((found.name, name, text[:10], took_s))

    assert seen >= 5
    assert slow == []


def _took_s(pattern: re.Pattern[str], text: str) -> float:
    began = time.process_time()
    pattern.match(text)
    pattern.fullmatch(text)
    return time.process_time() - began


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_adv_064_a_hostile_filter_box_time_and_order_are_refused_at_once(client: Client, town: dict[str, Any], text: str) -> None:
    for name in ("filter", "bbox", "datetime", "sortby", "properties", "crs", "cursor", "limit", "name"):
        began = time.process_time()
        answer = client.get("/ogc/collections/roads/items", {name: text})
        assert answer.status_code == 400
        assert time.process_time() - began < 0.5
