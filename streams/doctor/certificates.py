"""Certificates: whether those of Kafka and of the board, and the client's own, hold for a while yet."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509

from streams.clock import now
from streams.doctor.finding import Deployment, Finding, fine, unknown, wrong

AHEAD = timedelta(days=30)
SECONDS = 5


def check_certificates(deployment: Deployment) -> Iterator[Finding]:
    """Those of the settings that are with TLS."""
    settings = deployment.settings
    if settings.kafka.security.tls:
        for host, port in settings.kafka.addresses:
            yield _of_server(f"certificate of Kafka at {host}:{port}", host, port)
        if settings.kafka_certificate is not None:
            yield _of_file(f"certificate {settings.kafka_certificate}", settings.kafka_certificate.read_bytes())
    board = urlsplit(settings.board_url)
    if board.scheme == "https" and board.hostname:
        yield _of_server(f"certificate of {settings.board_url}", board.hostname, board.port or 443)


def _of_server(check: str, host: str, port: int) -> Finding:
    """The certificate that a server shows; whether it can be believed is not asked here."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), timeout=SECONDS) as connection,
            context.wrap_socket(connection, server_hostname=host) as tls,
        ):
            shown = tls.getpeercert(binary_form=True)
    except OSError as error:
        return unknown(check, f"it shows none ({type(error).__name__})", "Look whether it is reached from here.")
    return _judged(check, x509.load_der_x509_certificate(shown or b""))


def _of_file(check: str, pem: bytes) -> Finding:
    return _judged(check, x509.load_pem_x509_certificate(pem))


def _judged(check: str, certificate: x509.Certificate) -> Finding:
    present = datetime.fromtimestamp(now() / 1e6, UTC)
    ends = certificate.not_valid_after_utc
    if certificate.not_valid_before_utc > present:
        return wrong(
            check, f"holds from {certificate.not_valid_before_utc:%Y-%m-%d} only", "Set the clock, or renew it."
        )
    if ends < present:
        return wrong(check, f"has ended on {ends:%Y-%m-%d}", "Renew it.")
    if ends < present + AHEAD:
        return wrong(check, f"ends on {ends:%Y-%m-%d}", "Renew it before that day.")
    return fine(check, f"holds until {ends:%Y-%m-%d}")
