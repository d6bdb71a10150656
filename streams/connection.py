"""How Kafka is reached, and as whom: one value, which every client is made with."""

import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from streams.secret_files import FileUnusable, read_secret, require_private, unreadable

PASSWORD_FILE = "TOUCHLINE_KAFKA_PASSWORD_FILE"  # noqa: S105 - the name of a setting
CA, CERTIFICATE, KEY = "TOUCHLINE_KAFKA_CA", "TOUCHLINE_KAFKA_CERTIFICATE", "TOUCHLINE_KAFKA_KEY"


class Security(StrEnum):
    """How connections to Kafka are protected: TLS (`ssl`) or not, with an account (`sasl`) or not."""

    PLAINTEXT = "plaintext"
    SSL = "ssl"
    SASL_PLAINTEXT = "sasl_plaintext"
    SASL_SSL = "sasl_ssl"

    @property
    def tls(self) -> bool:
        """Whether what is sent is encrypted, and the broker proves who it is."""
        return self in {Security.SSL, Security.SASL_SSL}

    @property
    def accounts(self) -> bool:
        """Whether a client proves who it is by the password of an account."""
        return self in {Security.SASL_PLAINTEXT, Security.SASL_SSL}


class Sasl(StrEnum):
    """How an account proves itself. With PLAIN the broker learns the password."""

    SCRAM_SHA_512 = "SCRAM-SHA-512"
    SCRAM_SHA_256 = "SCRAM-SHA-256"
    PLAIN = "PLAIN"


@dataclass(frozen=True, slots=True)
class Connection:
    """Where Kafka is (`host:port`, or several with commas between), and what it asks for."""

    address: str
    security: Security = Security.PLAINTEXT
    sasl: Sasl = Sasl.SCRAM_SHA_512
    user: str = ""
    password_file: Path | None = None
    ca: Path | None = None
    """Who vouches for the broker's certificate; without it whom this machine trusts."""
    certificate: Path | None = None
    """The client's own certificate, where the broker asks for one."""
    key: Path | None = None

    def __str__(self) -> str:
        return self.address

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The host and port of each broker that may be asked first."""
        return [
            (host.strip("[]"), int(port))
            for host, _, port in (each.rpartition(":") for each in self.address.split(","))
        ]

    def options(self) -> dict[str, Any]:
        """What kafka-python's and aiokafka's clients are made with: they have the same names for it.

        The files are read anew each time, so that a new password or certificate needs no other setting.
        Raises FileUnusable.
        """
        options: dict[str, Any] = {
            "bootstrap_servers": self.address.split(","),
            "security_protocol": self.security.name,
        }
        if self.security.accounts:
            options |= {
                "sasl_mechanism": str(self.sasl),
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password(),
            }
        if self.security.tls:
            options["ssl_context"] = self.tls_context()
        return options

    def password(self) -> str:
        """The password of the account. Raises FileUnusable."""
        if self.password_file is None:
            raise FileUnusable(f"{PASSWORD_FILE} is not set. Set it to the file with the password of {self.user}.")
        return read_secret(self.password_file, PASSWORD_FILE)

    def tls_context(self) -> ssl.SSLContext:
        """Whom TLS trusts, and which certificate it shows. Raises FileUnusable."""
        context = _trusting(self.ca)
        if self.certificate is not None and self.key is not None:
            require_private(self.key, KEY)
            try:
                context.load_cert_chain(self.certificate, self.key, password="")
            except ssl.SSLError:
                raise FileUnusable(
                    f"{self.certificate} and {self.key} are no certificate and its private key in PEM without a "
                    f"passphrase. Set {CERTIFICATE} and {KEY} to a pair that belongs together."
                ) from None
            except OSError as error:
                raise unreadable(self.certificate, CERTIFICATE, error) from None
        return context


def _trusting(ca: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        raise FileUnusable(
            f"{ca} has no certificate in PEM. Set {CA} to the certificate of who signed the broker's."
        ) from None
    except OSError as error:
        raise unreadable(ca or Path(), CA, error) from None
