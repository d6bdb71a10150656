"""With which code and which sentence a processor ends when Kafka refuses it while it runs."""

from aiokafka.errors import (
    AuthenticationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    SaslAuthenticationFailed,
    TopicAuthorizationFailedError,
)

from streams.connection import Connection
from streams.kafka.client import why
from streams.kafka.trouble import KafkaRefused, named, not_allowed
from streams.processor.exit_codes import PRODUCE_FAILED, REFUSED
from streams.secret_files import FileUnusable


def why_not_sent(kafka: Connection, error: BaseException) -> tuple[int, str]:
    """The exit code and the sentence for a record that was not acknowledged."""
    refused = refusal(kafka, error, "write")
    return (REFUSED, refused) if refused else (PRODUCE_FAILED, f"a record could not be sent: {type(error).__name__}")


def refusal(kafka: Connection, error: BaseException | None, operation: str = "read") -> str | None:
    """What is said when an error of the client is a refusal; None for another."""
    if isinstance(error, TopicAuthorizationFailedError):
        return str(not_allowed(kafka, operation, "topic", named(error)))
    if isinstance(error, GroupAuthorizationFailedError):
        return str(not_allowed(kafka, "read", "group", named(error)))
    if isinstance(error, SaslAuthenticationFailed | AuthenticationFailedError):
        return _asked(kafka)
    return str(error) if isinstance(error, FileUnusable) else None


def _asked(kafka: Connection) -> str | None:
    try:
        problem = why(kafka)
    except (FileUnusable, KafkaError) as error:
        return str(error)
    return str(problem) if isinstance(problem, KafkaRefused) else None
