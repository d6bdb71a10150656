"""The account and the certificates of the processor, as Faust wants them."""

from typing import Any

import faust

from streams.connection import Connection


def credentials(kafka: Connection) -> Any:  # noqa: ANN401 - Faust ships no types
    """What Faust's clients prove themselves with; None where Kafka asks for nothing. Raises FileUnusable."""
    context = kafka.tls_context() if kafka.security.tls else None
    if kafka.security.accounts:
        return faust.SASLCredentials(
            username=kafka.user, password=kafka.password(), mechanism=str(kafka.sasl), ssl_context=context
        )
    return faust.SSLCredentials(context) if context is not None else None
