"""The local network's certificate: trusted by who trusts the authority, by nobody else, and renewed in time."""

import contextlib
import socket
import ssl
import stat
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from geo.config import lan


def handshake(certificate: Path, key: Path, trusting: Path | None, host: str) -> str:
    """The TLS version that a client agrees on with a server on loopback; raises what the client refuses."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    client = ssl.create_default_context(cafile=str(trusting) if trusting else None)
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, contextlib.suppress(OSError):
            server.wrap_socket(connection, server_side=True).close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with socket.create_connection(listening.getsockname()) as raw, client.wrap_socket(raw, server_hostname=host) as secured:
            return str(secured.version())
    finally:
        thread.join()
        listening.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.1.2.3"])
def test_who_trusts_the_authority_trusts_the_server(tmp_path: Path, host: str) -> None:
    authority, certificate, key = lan.certificates(tmp_path, ["10.1.2.3"])

    assert handshake(certificate, key, authority, host) == "TLSv1.3"


def test_who_does_not_trust_the_authority_is_warned(tmp_path: Path) -> None:
    _, certificate, key = lan.certificates(tmp_path, [])

    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(certificate, key, None, "localhost")


def test_another_host_is_not_served_under_this_certificate(tmp_path: Path) -> None:
    authority, certificate, key = lan.certificates(tmp_path, [])

    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(certificate, key, authority, "10.9.9.9")


def test_the_second_start_keeps_what_stands_and_a_new_address_renews_the_certificate_only(tmp_path: Path) -> None:
    authority, certificate, key = lan.certificates(tmp_path, ["10.1.2.3"])
    first = (authority.read_bytes(), certificate.read_bytes())

    lan.certificates(tmp_path, ["10.1.2.3"])
    assert (authority.read_bytes(), certificate.read_bytes()) == first

    lan.certificates(tmp_path, ["10.1.2.4"])
    assert authority.read_bytes() == first[0] and certificate.read_bytes() != first[1]

    lan.certificates(tmp_path, ["10.1.2.4"], at=datetime.now(UTC) + timedelta(days=380))
    assert lan.x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc > datetime.now(UTC) + timedelta(days=700)


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    lan.certificates(tmp_path, [])

    assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("authority.key", "server.key")} == {0o600}
