"""Prints text for people as it is; nothing in it can command the terminal."""

import sys
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from events.names import shown

WIDE = 10_000
"""The width of a table that goes to a file or a pipe, where nothing is folded."""


def say(text: object = "", *, err: bool = False) -> None:
    """Prints a line, on standard error if asked; control characters in it are written out."""
    click.echo(shown(str(text)), err=err)


def console(*, err: bool = False) -> Console:
    """Rich, without its markup, its emoji and its highlighting: what is printed is what is there."""
    file = sys.stderr if err else sys.stdout
    return Console(stderr=err, markup=False, emoji=False, highlight=False, width=None if file.isatty() else WIDE)


def print_table(title: str, rows: list[dict[str, Any]], unbroken: frozenset[str]) -> None:
    """Prints rows under the names of the first row; `unbroken` columns are not folded."""
    table = Table(title=Text(shown(title)))
    for name in rows[0]:
        table.add_column(Text(shown(name)), overflow="fold", no_wrap=name in unbroken)
    for row in rows:
        table.add_row(*(Text("" if value is None else shown(str(value))) for value in row.values()))
    console().print(table)


def explain_usage(error: click.ClickException) -> None:
    """Says what is wrong with how a command was used, as click does."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    context = getattr(error, "ctx", None)
    if context is not None:
        click.echo(context.get_usage(), err=True)
        say(f"Try '{context.command_path} --help' for help.\n".rstrip(), err=True)
        say(err=True)
    say(f"Error: {error.format_message()}", err=True)
