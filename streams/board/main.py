"""The board's entry point."""

import sys

import uvicorn

from projections.policy import Policies
from streams.board.app import build
from streams.board.broker import KafkaBroker
from streams.listen_address import require_free, url
from streams.policy.policy_file import read_policy
from streams.readmodel.database import open_database
from streams.settings import Settings
from streams.telemetry import setup_logging


def run(settings: Settings) -> None:
    """Serves the board until it is told to stop, also while Kafka is away.

    Raises PortInUse or PolicyError before it starts.
    """
    require_free(settings.host, settings.board_port, "TOUCHLINE_BOARD_PORT")
    setup_logging(settings.log_level)
    folder = settings.state.absolute() / "board"
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(f"sqlite:///{folder / f'{settings.topics.app_id}.db'}")
    print(f"The board is at {url(settings.host, settings.board_port)}", file=sys.stderr, flush=True)
    uvicorn.run(
        build(engine, Policies.one(read_policy(settings.policy)), KafkaBroker(settings)),
        host=settings.host,
        port=settings.board_port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )
