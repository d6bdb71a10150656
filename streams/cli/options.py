"""Options that several commands share, and the decorator of the commands that read history."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from streams.settings import Settings

EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW_FILE = click.Path(dir_okay=False, path_type=Path)
FORMAT = click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "table"]),
    help="JSON lines or a table; a table on a terminal, JSON lines in a pipe.",
)
FILES = click.argument("files", nargs=-1, type=EXISTING_FILE)
SOURCES = [
    click.option("--kafka", is_flag=True, help="Read the journal instead of files."),
    click.option("--known-at", metavar="T", help="As known at T: an instant, or a date (its last microsecond)."),
    click.option("--policy", type=EXISTING_FILE, help="Judge under this policy file."),
    FORMAT,
]
SUBJECT = click.option("--subject", metavar="S", help="One subject only, like family/F.")
VALID_AT = click.option("--valid-at", metavar="T", help="What was so at T; later than --known-at it is a forecast.")
JOBS = click.option(
    "--jobs", default=1, show_default=True, type=click.IntRange(1), help="So many processes (with --kafka)."
)


def with_options(*options: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - decorators
    """Several options as one decorator; `--help` lists them in this order."""

    def decorate(command: Any) -> Any:  # noqa: ANN401
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def reads_history(*options: Any) -> Callable[[Any], Any]:  # noqa: ANN401 - decorators
    """Turns a function into a command that reads history.

    The function gets a `Question`, the output format and its own options. It returns the exit code.
    """

    def decorate(command: Any) -> Any:  # noqa: ANN401
        @click.pass_obj
        def run(
            settings: Settings,
            /,
            files: tuple[Path, ...],
            *,
            kafka: bool,
            known_at: str | None,
            policy: Path | None,
            form: str | None,
            subject: str | None = None,
            valid_at: str | None = None,
            **others: Any,  # noqa: ANN401
        ) -> None:
            from streams.audit.question import Question  # noqa: PLC0415

            question = Question(
                settings, files, kafka=kafka, known_at=known_at, valid_at=valid_at, subject=subject, policy=policy
            )
            sys.exit(command(question, lines_or_table(form), **others))

        run.__name__, run.__doc__ = command.__name__, command.__doc__
        return with_options(*options, *SOURCES)(run)

    return decorate


def lines_or_table(form: str | None) -> str:
    """The format that was asked for; without one a table on a terminal, JSON lines elsewhere."""
    return form or ("table" if sys.stdout.isatty() else "jsonl")
