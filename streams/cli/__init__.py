"""The command `touchline`: a file for each group of commands. What a command needs is imported when it runs."""

import sys

import click
from pydantic import ValidationError

from streams.cli import backup, broker, diagnosis, history, intake, policy, reference, service, settings, user
from streams.cli.errors import report
from streams.presentation.terminal import explain_usage, say
from streams.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="touchline")
@click.pass_context
def cli(context: click.Context) -> None:
    """Touchline watches over the contact between families and their key workers.

    Settings come from the environment, like TOUCHLINE_BROKER (an existing Kafka cluster) or TOUCHLINE_STATE (a folder):
    `touchline settings` lists all with what they mean.
    """
    settings.name_unknown()
    try:
        context.obj = Settings()
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = f"TOUCHLINE_{'_'.join(map(str, first['loc'])).upper()}"
        raise click.UsageError(f"{name}: {first['msg'].removeprefix('Value error, ')}") from None


for group in (history, policy, reference, settings, broker, service, intake, user, backup, diagnosis):
    for command in group.COMMANDS:
        cli.add_command(command)


def main() -> None:
    """Runs the command: plain errors, no tracebacks for what a user can mend."""
    try:
        sys.exit(cli(standalone_mode=False))
    except click.ClickException as error:
        explain_usage(error)
        sys.exit(error.exit_code)
    except click.exceptions.Abort:
        say("Aborted.", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - `report` raises it again where nothing plain can be said of it
        sys.exit(report(error))
