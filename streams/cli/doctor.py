"""`touchline doctor`: what is wrong with a deployment, and what to do about it."""

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


COMMANDS = (doctor,)
