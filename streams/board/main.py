"""The board's entry point."""

import gc
import re
import sys
from contextlib import suppress

import uvicorn
from kafka.errors import KafkaError

from projections.policy import Policies
from streams.board.app import build
from streams.board.broker import KafkaBroker
from streams.identity.database import open_identity
from streams.identity.oidc_pages import BACK
from streams.identity.provider import Provider
from streams.identity.provider_file import read_provider
from streams.identity.sign_in import NO_SIGN_IN, Identity
from streams.kafka.diagnosis import require_usable
from streams.kafka.rights import BOARD, require_rights
from streams.kafka.trouble import KafkaRefused, KafkaUnreachable
from streams.listen_address import listening, require_free, url
from streams.logs import setup_logging
from streams.policy.policy_file import read_policy
from streams.readmodel.database import open_database
from streams.settings import Settings, SignIn

COLLECT_AFTER = (50_000, 20, 20)
"""How many objects are made before the collector looks at each generation, youngest first: a page makes many."""


def run(settings: Settings) -> None:
    """Serves the board until it is told to stop, also while Kafka is away.

    Raises PortInUse, PolicyError, FileUnusable, KafkaRefused, DatabaseUnusable or ProviderFileError before it starts.
    """
    require_free(settings.host, settings.board_port, "TOUCHLINE_BOARD_PORT")
    if settings.metrics_port:
        require_free(settings.metrics_host, settings.metrics_port, "TOUCHLINE_METRICS_PORT")
    _look_at_kafka(settings)
    setup_logging(settings.log_level, settings.levels)
    (settings.state.absolute() / "board").mkdir(parents=True, exist_ok=True)
    engine = open_database(settings.readmodel_address, settings.topics.app_id, settings.readmodel_password_file)
    address = settings.board_url or url(settings.host, settings.board_port)
    print(f"The board is at {address}", file=sys.stderr, flush=True)
    configured, broker = Policies.one(read_policy(settings.policy)), KafkaBroker(settings)
    app = build(engine, configured, broker, identity_of(settings), settings.metrics_port or None)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2))
    sockets = [listening(settings.host, settings.board_port)]
    if settings.metrics_port:
        sockets.append(listening(settings.metrics_host, settings.metrics_port))
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    with suppress(KeyboardInterrupt):  # Ctrl-C is how it is told to stop
        server.run(sockets)


def _look_at_kafka(settings: Settings) -> None:
    """The board also serves while Kafka is away. Raises KafkaRefused: a right or a password does not come by itself."""
    try:
        require_usable(settings.kafka)
        require_rights(settings.kafka, BOARD, settings.topics)
    except KafkaRefused:
        raise
    except (KafkaUnreachable, KafkaError):
        return


def identity_of(settings: Settings) -> Identity:
    """How people sign in, as it is set. Raises IdentityUnusable or ProviderFileError."""
    if settings.signin is SignIn.NONE:
        return NO_SIGN_IN
    provider = None
    if settings.signin is SignIn.OIDC and settings.oidc is not None:
        board = settings.board_url or url(settings.host, settings.board_port, "")
        provider = Provider(read_provider(settings.oidc), f"{board}{BACK}")
    inside = settings.host_of(settings.board_port)
    names = (
        re.sub(r":[0-9]+$", "", settings.board_url.partition("://")[2]),
        f"[{inside}]" if ":" in inside else inside,
    )
    return Identity(
        settings.signin,
        open_identity(settings.identity_address, settings.identity_password_file),
        hosts=tuple(name for name in names if name),
        https=settings.board_url.startswith("https://"),
        provider=provider,
    )
