"""The local broker with TLS, accounts and rights: its certificates, its passwords and its settings.

Clients come to a port with TLS and SCRAM accounts, which may do only what they were granted. The broker itself and its
administrator use two ports of their own, with TLS and a password: the controller's, and an inner one.
"""

import datetime as dt
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient
from kafka.admin import ScramMechanism, UserScramCredentialUpsertion

from deploy.local.certificates import Authority, write_private

HOST = "127.0.0.1"
HOSTS = ("localhost", HOST, "::1")
ADMINISTRATOR = "admin"
"""The account that may do everything, on the inner port alone."""
REQUEST_MS = 15_000


@dataclass(frozen=True)
class Secured:
    """What makes a local broker a secured one, in a folder that only its owner may enter."""

    folder: Path
    port: int

    @property
    def ca(self) -> Path:
        """The certificate of who signed the broker's; clients trust it."""
        return self.folder / "ca.pem"

    @property
    def inner_address(self) -> str:
        """Where the administrator reaches the broker."""
        return f"{HOST}:{self.port + 2}"

    def exists(self) -> bool:
        """Whether the broker of this folder is a secured one."""
        return self.ca.exists()

    def password_file(self, account: str) -> Path:
        """The file with the password of an account."""
        return self.folder / f"{account}.password"

    def make(self) -> None:
        """Makes the certificates and the administrator's password, once."""
        if self.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = dt.datetime.fromtimestamp(self.folder.stat().st_mtime, dt.UTC)
        authority = Authority.new("Touchline local Kafka", made)
        write_private(self.folder / "broker.pem", authority.signed(HOSTS, made))
        self._new_password(ADMINISTRATOR)
        self.ca.write_bytes(authority.pem())

    def _new_password(self, account: str) -> str:
        password = secrets.token_urlsafe(32)
        write_private(self.password_file(account), password.encode())
        return password

    def administrator(self) -> dict[str, Any]:
        """What kafka-python's clients are made with for the administrator."""
        return {
            "bootstrap_servers": self.inner_address,
            "security_protocol": "SASL_SSL",
            "ssl_cafile": str(self.ca),
            "sasl_mechanism": "PLAIN",
            "sasl_plain_username": ADMINISTRATOR,
            "sasl_plain_password": self.password_file(ADMINISTRATOR).read_text("ascii"),
        }

    def add_accounts(self, accounts: list[str]) -> None:
        """Makes the accounts that are not there yet, each with a password in a file of its own."""
        new = [account for account in accounts if not self.password_file(account).exists()]
        if not new:
            return
        client = KafkaAdminClient(**self.administrator(), request_timeout_ms=REQUEST_MS)
        try:
            client.alter_user_scram_credentials(
                [
                    UserScramCredentialUpsertion(account, ScramMechanism.SCRAM_SHA_512, self._new_password(account))
                    for account in new
                ]
            )
        finally:
            client.close()

    def properties(self) -> tuple[str, ...]:
        """The broker's settings of listeners, certificates, accounts and rights. They have a password in them."""
        password = self.password_file(ADMINISTRATOR).read_text("ascii")
        module = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        scram = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        own = f'{module} username="{ADMINISTRATOR}" password="{password}" user_{ADMINISTRATOR}="{password}";'
        ports = (("CLIENTS", self.port), ("CONTROLLER", self.port + 1), ("INNER", self.port + 2))
        return (
            f"listeners={','.join(f'{name}://{HOST}:{port}' for name, port in ports)}",
            f"advertised.listeners=CLIENTS://{HOST}:{self.port},INNER://{self.inner_address}",
            f"listener.security.protocol.map={','.join(f'{name}:SASL_SSL' for name, _ in ports)}",
            "inter.broker.listener.name=INNER",
            "ssl.keystore.type=PEM",
            f"ssl.keystore.location={self.folder / 'broker.pem'}",
            "ssl.truststore.type=PEM",
            f"ssl.truststore.location={self.ca}",
            "listener.name.clients.sasl.enabled.mechanisms=SCRAM-SHA-512",
            f"listener.name.clients.scram-sha-512.sasl.jaas.config={scram}",
            "sasl.mechanism.inter.broker.protocol=PLAIN",
            "sasl.mechanism.controller.protocol=PLAIN",
            "listener.name.inner.sasl.enabled.mechanisms=PLAIN",
            f"listener.name.inner.plain.sasl.jaas.config={own}",
            "listener.name.controller.sasl.enabled.mechanisms=PLAIN",
            f"listener.name.controller.plain.sasl.jaas.config={own}",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            f"super.users=User:{ADMINISTRATOR}",
        )
