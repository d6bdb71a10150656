"""The board's entry point."""

import socket
import sys

import uvicorn

from streams.board.app import build
from streams.board.model import open_database
from streams.kafka import admin
from streams.settings import Settings
from streams.telemetry import setup_logging


class PortInUse(RuntimeError):
    """The board's port is taken; the message says what to do."""


def run(settings: Settings) -> None:
    """Serves the board until it is told to stop. Raises KafkaUnreachable or PortInUse before it starts."""
    admin(settings.address).close()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.board_port))
        except OSError:
            raise PortInUse(
                f"Port {settings.board_port} is in use by another program. Stop that, or choose another with TOUCHLINE_BOARD_PORT."
            ) from None
    setup_logging(settings.log_level)
    folder = settings.state.absolute() / "board"
    folder.mkdir(parents=True, exist_ok=True)
    engine = open_database(f"sqlite:///{folder / f'{settings.topics.app_id}.db'}")
    print(f"The board is at http://{settings.host}:{settings.board_port}/", file=sys.stderr, flush=True)
    uvicorn.run(build(settings, engine), host=settings.host, port=settings.board_port, log_config=None, access_log=False, timeout_graceful_shutdown=2)
