"""What can be wrong with Kafka: each error's message says what is so, and what to do."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import AuthorizationError

from streams.connection import Connection


class KafkaUnreachable(RuntimeError):
    """No broker can be used."""


class KafkaRefused(KafkaUnreachable):
    """A broker answers, but not to us: its certificate, our account, a right or its version is not as it must be.

    Trying again does not help until somebody changes that.
    """


class TopicsDiffer(RuntimeError):
    """Topics are missing or have other settings than they must; the message lists them."""


def not_allowed(kafka: Connection, operation: str, kind: str, name: str) -> KafkaRefused:
    """What is said when an account lacks a right: its name, the operation, and the topic or group."""
    who = f"The account {kafka.user}" if kafka.user else "This connection, without an account,"
    return KafkaRefused(
        f"{who} may not {operation.replace('_', ' ')} the {kind} {name}. Whoever looks after Kafka must allow it: "
        "`touchline kafka rights` lists what each account needs, and gives it."
    )


@contextmanager
def allowed(kafka: Connection, operation: str, kind: str, name: str) -> Iterator[None]:
    """Says it in plain words when what is done within is refused for want of a right. Raises KafkaRefused."""
    try:
        yield
    except AuthorizationError:
        raise not_allowed(kafka, operation, kind, name) from None


def named(error: Exception) -> str:
    """The topics or the group of an authorization error; the clients give one, or several in a set."""
    what = error.args[0] if error.args else ""
    return ", ".join(sorted(map(str, what))) if isinstance(what, set | frozenset | list | tuple) else str(what)
