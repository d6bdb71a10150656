"""The accounts of the secured local broker: they are made with their rights, and it is said how each is used."""

from collections.abc import Iterable, Iterator

from deploy.local.secured import ADMINISTRATOR, Secured
from events.topics import Topics
from streams.connection import Connection, Sasl, Security
from streams.kafka.rights import accounts, grant, rights


def make_accounts(secured: Secured, topics: Topics, sources: Iterable[str] = ()) -> None:
    """Makes the accounts of all parts and of some source systems, with the rights of each. Raises KafkaUnreachable."""
    names = accounts(sources)
    secured.add_accounts(names)
    grant(administrator(secured), [right for name in names for right in rights(name, topics)])


def administrator(secured: Secured) -> Connection:
    """The connection of the one who may do everything."""
    return Connection(
        secured.inner_address,
        Security.SASL_SSL,
        Sasl.PLAIN,
        ADMINISTRATOR,
        secured.password_file(ADMINISTRATOR),
        secured.ca,
    )


def settings_of(secured: Secured, sources: Iterable[str] = ()) -> Iterator[str]:
    """The settings of each account, as a shell takes them: of secrets the files alone."""
    yield "Set for every account:"
    yield f"  TOUCHLINE_KAFKA_SECURITY={Security.SASL_SSL} TOUCHLINE_KAFKA_CA={secured.ca}"
    yield "and of these lines one each:"
    for name in accounts(sources):
        yield f"  TOUCHLINE_KAFKA_USER={name} TOUCHLINE_KAFKA_PASSWORD_FILE={secured.password_file(name)}"
    yield "The administrator uses a port of its own:"
    yield (
        f"  TOUCHLINE_BROKER={secured.inner_address} TOUCHLINE_KAFKA_SASL={Sasl.PLAIN} "
        f"TOUCHLINE_KAFKA_USER={ADMINISTRATOR} TOUCHLINE_KAFKA_PASSWORD_FILE={secured.password_file(ADMINISTRATOR)}"
    )
