"""HTTPS for the local network: a certificate authority of this installation's own, and a certificate for the addresses it has today.

Without HTTPS a phone gives neither its position nor a page that works offline. The authority's key never leaves var/.
"""

import hashlib
import ipaddress
import os
import socket
import ssl
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_YEARS = 10
# Browsers refuse certificates that live longer than 398 days.
CERTIFICATE_DAYS = 390
RENEW_BEFORE = timedelta(days=30)


def addresses() -> list[str]:
    """The IPv4 addresses under which this machine can be reached, the one towards the default route first."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: connecting a datagram socket only chooses the outgoing address (192.0.2.1 is for documentation).
            probe.connect(("192.0.2.1", 9))
            found.append(probe.getsockname()[0])
        except OSError:
            pass
    listed = subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
    found += [address for address in listed if ":" not in address]
    return [address for address in dict.fromkeys(found) if not ipaddress.ip_address(address).is_loopback]


def certificates(folder: Path, hosts: list[str], at: datetime | None = None) -> tuple[Path, Path, Path]:
    """Paths of the authority, the certificate and its key, made where they are missing, ageing, or for other addresses."""
    now = at or datetime.now(UTC)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    authority, authority_key = folder / "authority.crt", folder / "authority.key"
    certificate, key = folder / "server.crt", folder / "server.key"
    if not (authority.exists() and authority_key.exists()):
        _make_authority(authority, authority_key, now)
        certificate.unlink(missing_ok=True)
    names = sorted({"localhost", "127.0.0.1", socket.gethostname(), *hosts})
    if not (certificate.exists() and key.exists() and _still_good(certificate, names, now)):
        _make_certificate(authority, authority_key, certificate, key, names, now)
    return authority, certificate, key


def fingerprint(certificate: Path) -> str:
    """The SHA-256 fingerprint, as phones show it."""
    digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.read_text())).hexdigest().upper()
    return ":".join(digest[index : index + 2] for index in range(0, len(digest), 2))


def _still_good(path: Path, names: list[str], now: datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    have = {*listed.get_values_for_type(x509.DNSName), *map(str, listed.get_values_for_type(x509.IPAddress))}
    return have >= set(names) and certificate.not_valid_after_utc - now > RENEW_BEFORE


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "NBIOC"), x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _make_authority(path: Path, key_path: Path, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"NBIOC {socket.gethostname()}")
    made = (
        _begun(name, name, key.public_key(), now, now + timedelta(days=365 * AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_path, key)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _make_certificate(authority: Path, authority_key: Path, path: Path, key_path: Path, names: list[str], now: datetime) -> None:
    signer = serialization.load_pem_private_key(authority_key.read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{authority_key} is not the key that was made for this authority.")
    issuer = x509.load_pem_x509_certificate(authority.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    made = (
        _begun(_name("NBIOC"), issuer.subject, key.public_key(), now, now + timedelta(days=CERTIFICATE_DAYS))
        .add_extension(x509.SubjectAlternativeName([_alternative(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    _write_key(key_path, key)
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, from_: datetime, until: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(from_ - timedelta(hours=1))
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    others = dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=not sign_certificates, key_cert_sign=sign_certificates, crl_sign=sign_certificates, **others)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    text = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
