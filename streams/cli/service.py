"""`touchline up`, `demo`, `worker`, `serve` and `status`: the processes of the service."""

import os
import sys

import click

from streams.presentation.terminal import say
from streams.settings import Settings


@click.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Run a worker: intake, and the monitor that judges."""
    from streams.processor.main import run  # noqa: PLC0415

    run(settings)


@click.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Serve the board: the live alert feed, pages, metrics."""
    from streams.board.main import run  # noqa: PLC0415

    run(settings)


@click.command()
@click.pass_obj
def up(settings: Settings) -> None:
    """Run Kafka, a worker and the board together; Ctrl-C stops them.

    A part that ends is started again. However large the backlog is, they stay up, and it is said how it shrinks.
    """
    from streams.listen_address import url  # noqa: PLC0415
    from streams.service.processes import service  # noqa: PLC0415

    with service(settings, dict(os.environ), say) as running:
        running.wait_alive()
        address = settings.board_url or url(settings.host, settings.board_port)
        say(f"The board is at {address} (Ctrl-C stops everything).")
        running.forever()


@click.command("status")
@click.option(
    "--format", "form", type=click.Choice(["json", "table"]), help="One JSON object or text; text on a terminal."
)
@click.pass_obj
def status(settings: Settings, form: str | None) -> None:
    """Say how each part is, what is still to be read, and what to do next.

    Exit code 1 when something asks for attention.
    """
    from events.codec import to_json  # noqa: PLC0415
    from streams.service.status import look, sentences  # noqa: PLC0415

    answer = look(settings)
    if form == "json" or (form is None and not sys.stdout.isatty()):
        say(to_json(answer).decode())
    else:
        for line in sentences(answer):
            say(line)
    sys.exit(1 if answer["next"] else 0)


@click.command()
@click.option("--seconds", type=float, help="Stop by itself after so long.")
@click.pass_obj
def demo(settings: Settings, seconds: float | None) -> None:
    """Run everything with a made-up pilot, and a live trickle in which alerts come and go."""
    from streams.service.demo import run  # noqa: PLC0415

    run(settings, say, seconds)


COMMANDS = (worker, serve, up, status, demo)
