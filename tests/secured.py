"""The secured broker of a test run, and the settings of its accounts."""

from pathlib import Path

from deploy.local.kafka import LocalKafka
from events.topics import Topics
from streams.connection import Connection
from streams.kafka.client import admin
from streams.kafka.local_accounts import administrator, make_accounts
from streams.kafka.rights import Right, acl, grant
from streams.settings import Settings
from tests.service import Service, free_port, wait_for

SOURCES = ("health",)


class SecuredKafka:
    """A real broker with TLS, accounts and rights."""

    def __init__(self, folder: Path) -> None:
        self.broker = LocalKafka(folder, free_port(3))
        self.broker.start(secured=True)
        self.secured = self.broker.secured
        make_accounts(self.secured, Topics("", 3), SOURCES)

    def settings(self, account: str) -> dict[str, str]:
        """The settings of an account, by their names."""
        return {
            "broker": self.broker.address,
            "kafka_security": "sasl_ssl",
            "kafka_ca": str(self.secured.ca),
            "kafka_user": account,
            "kafka_password_file": str(self.secured.password_file(account)),
        }

    def environment(self, account: str) -> dict[str, str]:
        return {f"TOUCHLINE_{name.upper()}": value for name, value in self.settings(account).items()}

    def connection(self, account: str) -> Connection:
        return Settings(**self.settings(account)).kafka  # type: ignore[arg-type]

    def service(self, prefix: str, state: Path) -> Service:
        """A service with topics and rights of its own; its commands run with the operator's account."""
        make_accounts(self.secured, Topics(prefix, 3), SOURCES)
        return Service(self.broker.address, prefix, state, security=self.settings("operator"))

    def give(self, right: Right) -> None:
        grant(administrator(self.secured), [right])

    def take(self, right: Right) -> None:
        """Takes one right away, and waits until the broker goes by it."""
        client = admin(administrator(self.secured))
        entry = acl(right)
        taken = client.delete_acls([entry])[0][1]
        assert len(taken) == 1, f"{right} was given"
        wait_for("the right is gone", lambda: not client.describe_acls(entry)[0])
        client.close()
