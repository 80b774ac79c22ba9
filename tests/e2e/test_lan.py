"""The local network over HTTPS: a phone that trusts the shown authority works, one that does not is warned, and silence shows its age."""

import hashlib
import os
import shutil
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from tests.e2e.conftest import CHROMIUM_FLAGS, PASSWORD, ROOT, City, _wait_for, free_port, picture
from tests.e2e.test_field import PHONE, send, unit_of

SIGN_IN = "who => fetch('/api/session', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(who)}).then(one => one.status)"


@dataclass
class Lan:
    """`LAN=1 script/server` as it stands: its two ports and what it printed."""

    port: int
    authority: bytes
    said: str


@pytest.fixture(scope="module")
def lan(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lan]:
    port = free_port()
    said = tmp_path_factory.mktemp("lan") / "said"
    environment = {**os.environ, "DATABASE_URL": city.database_url, "NBIOC_VAR": str(city.var), "LAN": "1", "PORT": str(port), "NBIOC_TESTING": "1"}
    with said.open("w") as out:
        server = subprocess.Popen([sys.executable, "-m", "geo.config.serve"], cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
    try:
        _wait_for(f"http://127.0.0.1:{port + 1}/nbioc-ca.crt")
        with urllib.request.urlopen(f"http://127.0.0.1:{port + 1}/nbioc-ca.crt") as answer:  # noqa: S310 (our own server)
            authority = answer.read()
        _wait_for(f"https://localhost:{port}/readyz", trusting=authority.decode())
        yield Lan(port, authority, said.read_text())
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)


@pytest.fixture
def trusting(lan: Lan, browser: Browser, tmp_path: Path) -> Iterator[Browser]:
    """A browser profile into which the authority was put by hand, as a phone's owner does."""
    if shutil.which("certutil") is None:
        pytest.fail("certutil is missing: run script/setup tests.")
    store, certificate = tmp_path / ".pki" / "nssdb", tmp_path / "nbioc-ca.crt"
    store.mkdir(parents=True)
    certificate.write_bytes(lan.authority)
    for words in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "nbioc", "-i", str(certificate)]):
        subprocess.run(["certutil", "-d", f"sql:{store}", *words], check=True)
    chromium = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS, env={**os.environ, "HOME": str(tmp_path)})
    yield chromium
    chromium.close()


def test_the_authority_that_is_handed_out_is_the_one_whose_fingerprint_is_shown(lan: Lan) -> None:
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(lan.authority.decode())).hexdigest().upper()

    assert ":".join(digest[index : index + 2] for index in range(0, 64, 2)) in lan.said
    assert "█" in lan.said or "▄" in lan.said, "a code that a phone can scan"
    assert PASSWORD not in lan.said or "logins.txt" in lan.said


def test_a_phone_that_trusts_nobody_is_warned(lan: Lan, browser: Browser) -> None:
    page = browser.new_page()
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        page.goto(f"https://localhost:{lan.port}/field")
    page.close()


def test_a_phone_that_trusts_the_authority_shares_its_place_gets_its_job_and_ages_when_silent(
    lan: Lan, trusting: Browser, window: Callable[..., Page], city: City
) -> None:
    unit, code = unit_of(city, "field2")
    phone = trusting.new_context(base_url=f"https://localhost:{lan.port}", viewport={"width": 390, "height": 844}, locale="vi-VN", **PHONE)
    page = phone.new_page()
    page.goto("/healthz")
    assert page.evaluate(SIGN_IN, {"username": "field2", "password": PASSWORD}) == 200
    page.goto("/field")
    expect(page.get_by_test_id("field")).to_contain_text(code, timeout=30_000)
    assert page.evaluate("window.isSecureContext")
    page.context.set_geolocation({"longitude": 105.8165, "latitude": 9.8142, "accuracy": 6})
    for _ in range(100):
        if city.rows("select 1 from incidents_position where responder_id = %s and source = 'field'", unit):
            break
        page.wait_for_timeout(200)
    assert city.rows("select position_source from incidents_responder where id = %s", unit) == [("field",)]

    if city.rows("select 1 from incidents_assignment where responder_id = %s and ended_at is null", unit) == []:
        send(window, city, unit)
    expect(page.locator("article").first).to_be_visible(timeout=15_000)
    picture(page, "field-lan")
    phone.close()

    operator = window("/", user="operator")
    operator.wait_for_selector("body[data-map-idle]", timeout=60_000)
    operator.keyboard.press("u")
    row = operator.get_by_test_id(f"unit-{code}")
    expect(row).to_be_visible(timeout=10_000)
    # Its age grows on the operator's board.
    aging = operator.get_by_test_id(f"age-{code}")
    expect(aging).not_to_have_text(aging.text_content() or "")
    picture(operator, "units")
