"""Why a broker cannot be used: it is asked once more, step by step, and what fails says what is wrong.

The clients try again and again by themselves, and say in the end only that they could not.
"""

import asyncio
import ssl

from aiokafka.conn import AIOKafkaConnection, create_conn
from aiokafka.errors import (
    BrokerResponseError,
    IllegalSaslStateError,
    KafkaConnectionError,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest

from streams.connection import Connection, Security
from streams.kafka.trouble import KafkaRefused, KafkaUnreachable

PROBE_MS = 5_000
JOIN_GROUP, LEAST_JOIN_GROUP = 11, 5
"""Static members of a group came with version 5 of this request, in Kafka 2.3."""
TOO_OLD = "is older than Kafka 2.3. Upgrade it, or set TOUCHLINE_BROKER to a newer one."
SILENT = "does not answer"
SILENCE_SECONDS = 2.0
"""So long a broker has to say that it does not want our certificate."""
EXPIRED, NOT_YET_VALID = 10, 9
OTHER_NAME = {62, 64}
"""OpenSSL's codes: the certificate is for another host name, or another address."""


def require_usable(connection: Connection) -> None:
    """Raises KafkaUnreachable, KafkaRefused or FileUnusable unless a broker can be used."""
    problem = _ask_all(connection)
    if problem is not None:
        raise problem


def ask_why(connection: Connection) -> KafkaUnreachable:
    """What is wrong with a broker that a client could not use. Raises FileUnusable."""
    return _ask_all(connection) or _unreachable(connection)


def _ask_all(connection: Connection) -> KafkaUnreachable | None:
    """None if one of the addresses can be used; else what is wrong with the first that answers."""
    problems: list[KafkaUnreachable] = []
    for host, port in connection.addresses:
        problem = asyncio.run(_ask(connection, host, port))
        if problem is None:
            return None
        problems.append(problem)
    refused = [problem for problem in problems if isinstance(problem, KafkaRefused)]
    return (refused or problems)[0]


def _unreachable(connection: Connection) -> KafkaUnreachable:
    return KafkaUnreachable(
        f"No Kafka broker answers at {connection}. Start one with `touchline kafka start`, "
        "or set TOUCHLINE_BROKER to one that runs."
    )


async def _ask(connection: Connection, host: str, port: int) -> KafkaUnreachable | None:
    """None if the broker can be used; else what is wrong."""
    options = {name: value for name, value in connection.options().items() if name != "bootstrap_servers"}
    asked: AIOKafkaConnection | None = None
    try:
        asked = await create_conn(host, port, request_timeout_ms=PROBE_MS, **options)
        said = None if _is_new_enough(asked) else TOO_OLD
        if said is None:
            await asked.send(MetadataRequest([]))  # a broker that asks for an account answers no more than it has
    except ssl.SSLCertVerificationError as error:
        said = _about_certificate(connection, host, error)
    except BrokerResponseError as error:
        said = _about_account(connection, error)
    except (ssl.SSLError, ConnectionResetError, ConnectionAbortedError, BrokenPipeError, KafkaConnectionError) as error:
        said = await _about_closing(connection, host, port, error)
    except (OSError, TimeoutError):
        said = SILENT
    finally:
        if asked is not None:
            asked.close()
    if said is SILENT:
        return _unreachable(connection)
    return KafkaRefused(f"The broker at {host}:{port} {said}") if said else None


def _about_account(connection: Connection, error: BrokerResponseError) -> str:
    if isinstance(error, UnsupportedSaslMechanismError):
        return (
            f"does not let accounts prove themselves by {connection.sasl}. Set TOUCHLINE_KAFKA_SASL to what it takes."
        )
    if isinstance(error, IllegalSaslStateError):
        return f"takes no accounts. {_set_to(connection, accounts=False)}"
    return (
        f"does not accept the account {connection.user} with the password in {connection.password_file}. "
        "Set TOUCHLINE_KAFKA_USER and TOUCHLINE_KAFKA_PASSWORD_FILE to those it knows."
    )


def _about_certificate(connection: Connection, host: str, error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code == EXPIRED:
        return (
            "has a certificate that has expired. Whoever runs the broker must renew it, unless the clock here is wrong."
        )
    if error.verify_code == NOT_YET_VALID:
        return "has a certificate that is not valid yet. Set the clock here, or have the broker's certificate renewed."
    if error.verify_code in OTHER_NAME:
        return (
            f"has a certificate of another host. Set TOUCHLINE_BROKER to the name that is in it, "
            f"or have one made for {host}."
        )
    trusted = connection.ca or "anybody whom this machine trusts"
    return (
        f"has a certificate that is not signed by {trusted}. "
        "Set TOUCHLINE_KAFKA_CA to the certificate of who signed it."
    )


async def _about_closing(connection: Connection, host: str, port: int, error: Exception) -> str:
    """What is so when a broker closes the connection, or says something else than was expected."""
    speaks_tls = await _speaks_tls(host, port)
    if speaks_tls is None:
        return SILENT
    if speaks_tls is not connection.security.tls:
        says = "speaks TLS only" if speaks_tls else "speaks no TLS"
        return f"{says}. {_set_to(connection, tls=speaks_tls)}"
    said_so = isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError)
    if said_so or (connection.security.tls and await _refuses_certificate(connection, host, port)):
        says = (
            "asks for a certificate of its clients"
            if connection.certificate is None
            else f"does not accept the certificate {connection.certificate}"
        )
        return f"{says}. Set TOUCHLINE_KAFKA_CERTIFICATE and TOUCHLINE_KAFKA_KEY to one that it accepts."
    if not connection.security.accounts:
        return f"asks for an account. {_set_to(connection, accounts=True)}"
    return TOO_OLD


async def _refuses_certificate(connection: Connection, host: str, port: int) -> bool:
    """Whether TLS ends because of our certificate, or for want of one, though we say nothing.

    A broker that closes at once what we have sent something to may do so before its reason has come.
    """
    try:
        async with asyncio.timeout(SILENCE_SECONDS):
            reader, _ = await asyncio.open_connection(host, port, ssl=connection.tls_context())
            await reader.read(1)
    except ssl.SSLError:
        return True
    except (OSError, TimeoutError):
        return False
    return False


async def _speaks_tls(host: str, port: int) -> bool | None:
    """Whether TLS is spoken there, whoever vouches for it; None if nothing answers."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # nothing is sent, and nothing of it is believed
    try:
        async with asyncio.timeout(PROBE_MS / 1000):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (ssl.SSLError, ConnectionResetError):
        return False
    except (OSError, TimeoutError):
        return None
    writer.close()
    return True


def _set_to(connection: Connection, *, tls: bool | None = None, accounts: bool | None = None) -> str:
    present = connection.security
    tls, accounts = present.tls if tls is None else tls, present.accounts if accounts is None else accounts
    wanted = next(each for each in Security if (each.tls, each.accounts) == (tls, accounts))
    more = ", and TOUCHLINE_KAFKA_USER and TOUCHLINE_KAFKA_PASSWORD_FILE to an account" if accounts else ""
    return (
        f"TOUCHLINE_KAFKA_SECURITY is {present}: set it to {wanted}{more}, "
        "or TOUCHLINE_BROKER to a port of the broker that is as you have set it."
    )


def _is_new_enough(asked: AIOKafkaConnection) -> bool:
    least, most = asked._versions.get(JOIN_GROUP, (0, 0))  # noqa: SLF001 - the client keeps what the broker said there
    return bool(least <= LEAST_JOIN_GROUP <= most)
