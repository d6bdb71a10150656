"""`touchline backup` and `touchline restore`: a copy of what cannot be made again, and the way back."""

from pathlib import Path

import click

from streams.presentation.terminal import say
from streams.settings import Settings

OLD_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=FOLDER)
@click.pass_obj
def backup(settings: Settings, folder: Path) -> None:
    """Copy into FOLDER what cannot be made again: what was said, learnt, told and refused, the policy, the accounts.

    The service may run meanwhile. Into a folder that has a back-up goes what is new since. docs/backup.md says what is
    in it, and what is not.
    """
    from streams.backup.accounts import file_of  # noqa: PLC0415
    from streams.backup.take import back_up  # noqa: PLC0415

    done = back_up(settings, folder, say)
    say(f"Run {done.number} is in {folder}: {done.records:,} new records.")
    if done.accounts:
        say("The accounts are in it, without sessions and links.")
    elif file_of(settings.identity_address) is None:
        say("The accounts are not in it: back up their database with its own tools, like pg_dump.", err=True)


@click.command()
@click.argument("folder", type=OLD_FOLDER)
@click.pass_obj
def restore(settings: Settings, folder: Path) -> None:
    """Put the back-up in FOLDER into a Kafka and a state folder that have nothing of the service.

    Everything is as it was at the last run. One that was broken off goes on where it stopped.
    """
    from streams.backup.restore import restore as put_back  # noqa: PLC0415

    done = put_back(settings, folder, say)
    say(f"{done.records:,} records are restored, and {done.subjects:,} subjects go on from where they were.")
    if done.accounts:
        say("The accounts are restored. Everybody signs in anew; links and calendar addresses are to be made anew.")
    say("Start the service: its processor rebuilds the subjects from the journal.")


COMMANDS = (backup, restore)
