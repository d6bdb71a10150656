"""`touchline doctor` and `logged-as`: what is wrong with a deployment, and how to find an event in the logs."""

import sys

import click

from streams.cli.options import FORMAT, lines_or_table
from streams.settings import Settings


@click.command()
@click.option("--processor", "processors", multiple=True, metavar="URL", help="A processor, like http://p1:8711.")
@click.option("--board", "boards", multiple=True, metavar="URL", help="A board, like http://b1:8710.")
@FORMAT
@click.pass_obj
def doctor(settings: Settings, processors: tuple[str, ...], boards: tuple[str, ...], form: str | None) -> None:
    """Look at the whole deployment from outside, and say what is wrong with its remedy.

    Without --processor and --board the parts of this machine are asked; each can be given more than once. Exit code 0:
    nothing is wrong; 1: something is; 2: wrong usage. Nothing is changed.
    """
    from dataclasses import asdict  # noqa: PLC0415

    from streams.doctor.examine import examine  # noqa: PLC0415
    from streams.doctor.finding import State  # noqa: PLC0415
    from streams.presentation.lines import show  # noqa: PLC0415

    findings = list(examine(settings, list(processors), list(boards)))
    show(map(asdict, findings), lines_or_table(form), "Checks", lambda line: line)
    sys.exit(1 if any(finding.state is State.WRONG for finding in findings) else 0)


@click.command("logged-as")
@click.argument("event", metavar="SOURCE#ID")
@click.pass_obj
def logged_as(settings: Settings, event: str) -> None:
    """Print what logs call an event, so that it can be followed with grep.

    The event is named as output names it, like /agency/health/case-system#c1. The key of the logs must be at hand:
    TOUCHLINE_LOG_KEY_FILE, or the state folder of the part whose logs are read.
    """
    from streams.event_names import event_names  # noqa: PLC0415
    from streams.presentation.terminal import say  # noqa: PLC0415

    if "#" not in event:
        raise click.UsageError(f"{event!r} names no event: write SOURCE#ID, like /agency/health/case-system#c1.")
    say(event_names(settings.log_key_file, settings.state).of(event))


COMMANDS = (doctor, logged_as)
