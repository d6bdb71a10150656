"""`touchline settings`: every setting as it is here."""

import os

import click

from streams.cli.options import FORMAT, lines_or_table
from streams.presentation.terminal import say
from streams.settings import Settings


@click.command("settings")
@FORMAT
@click.pass_obj
def show_settings(settings: Settings, form: str | None) -> None:
    """Print every setting: its default, its value, where that comes from, and what it means. Secrets are not shown."""
    from streams.presentation.lines import show  # noqa: PLC0415
    from streams.setting_table import every  # noqa: PLC0415

    show((each._asdict() for each in every(settings)), lines_or_table(form), "Settings", lambda line: line)


def name_unknown() -> None:
    """Says on standard error which variables are no settings, each in a sentence."""
    if any(name.startswith("TOUCHLINE_") for name in os.environ):
        from streams.setting_table import about_unknown, unknown  # noqa: PLC0415

        for name in unknown(os.environ):
            say(f"touchline: {about_unknown(name)}", err=True)


COMMANDS = (show_settings,)
