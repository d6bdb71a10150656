"""Certificates for the secured local broker: an authority of its own, and what it signs. All in PEM."""

import datetime as dt
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID_DAYS = 825
"""What browsers and Java accept of an authority that one has made oneself."""
EARLIER = dt.timedelta(hours=1)
"""Certificates hold from a little before they are made: clocks differ."""


@dataclass(frozen=True)
class Authority:
    """Who signs certificates; whoever trusts `certificate` trusts what it signs."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def new(cls, name: str, made: dt.datetime) -> "Authority":
        """An authority that signs its own certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(name, name, key, made, VALID_DAYS).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        return cls(builder.sign(key, hashes.SHA256()), key)

    def pem(self) -> bytes:
        """Its certificate, for those who shall trust it."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def signed(self, hosts: tuple[str, ...], made: dt.datetime, valid_days: int = VALID_DAYS) -> bytes:
        """A private key and its certificate for these host names and addresses, for servers and for clients."""
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
        certificate = (
            _builder(hosts[0], str(issuer), key, made, valid_days)
            .add_extension(x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False,
            )
            .sign(self.key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return private + certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, made: dt.datetime, valid_days: int
) -> x509.CertificateBuilder:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made - EARLIER)
        .not_valid_after(made + dt.timedelta(days=valid_days))
    )


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def write_private(file: Path, content: bytes) -> None:
    """Writes a file that its owner alone may read, from the first byte on."""
    file.unlink(missing_ok=True)
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(content)
