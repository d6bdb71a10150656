"""`touchline policy`: show, check, try and publish."""

import sys
from pathlib import Path
from typing import Any

import click

from streams.cli.options import EXISTING_FILE, FILES, FORMAT, JOBS, SUBJECT, lines_or_table, reads_history
from streams.settings import Settings


@click.group()
def policy() -> None:
    """Look at the policy, check a new one, try it on history, publish it."""


@policy.command(
    "show",
    help="Print every parameter with its value, its default and the rules that use it; "
    "with --kafka of the version that holds now.",
)
@click.option("--policy", "file", type=EXISTING_FILE, help="Of this policy file.")
@click.option("--kafka", is_flag=True, help="The versions that the service has published.")
@click.option("--site", metavar="S", help="The parameters of one site.")
@FORMAT
@click.pass_obj
def show_policy(settings: Settings, file: Path | None, kafka: bool, site: str | None, form: str | None) -> None:
    """Print every parameter."""
    from streams.policy import policy_commands  # noqa: PLC0415

    sys.exit(policy_commands.show_policy(settings, file, lines_or_table(form), kafka=kafka, site=site))


@policy.command()
@click.argument("file", type=EXISTING_FILE)
def check(file: Path) -> None:
    """Say whether a policy FILE can be used; if not, what to mend, on which line."""
    from streams.policy import policy_commands  # noqa: PLC0415

    sys.exit(policy_commands.check(file))


@policy.command("try")
@click.argument("file", type=EXISTING_FILE)
@click.option(
    "--alerts", is_flag=True, help="Each alert that is gained, lost or changed, instead of the numbers by rule."
)
@reads_history(FILES, SUBJECT, JOBS)
def try_policy(question: Any, form: str, file: Path, alerts: bool, jobs: int) -> int:  # noqa: ANN401 - imported late
    """Replay history under the policy FILE too, and print by rule the alerts that would have been gained and lost."""
    from streams.audit.try_policy import print_differences  # noqa: PLC0415
    from streams.policy.policy_file import read_policy  # noqa: PLC0415

    return print_differences(question, read_policy(file), form, jobs, alerts=alerts)


@policy.command(
    help="Publish the policy FILE: it holds from an instant at least six minutes ahead, "
    "and workers take it up by themselves."
)
@click.argument("file", type=EXISTING_FILE)
@click.option(
    "--holds-from",
    metavar="INSTANT",
    help="From when it is to hold; else the file's holds_from, else as soon as can be.",
)
@click.pass_obj
def publish(settings: Settings, file: Path, holds_from: str | None) -> None:
    """Publish a policy file."""
    from streams.policy import policy_commands  # noqa: PLC0415

    sys.exit(policy_commands.publish_policy(settings, file, holds_from))


COMMANDS = (policy,)
