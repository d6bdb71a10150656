"""`touchline user`: the local accounts of the board."""

from typing import TYPE_CHECKING, Any

import click

from streams.cli.options import FORMAT, lines_or_table
from streams.presentation.terminal import say
from streams.settings import Settings, SignIn

if TYPE_CHECKING:
    from streams.identity.accounts import Accounts


@click.group()
def user() -> None:
    """Add, list, reset and disable the people who sign in with a password.

    They can sign in when the board runs with TOUCHLINE_SIGNIN=local. A service with a provider of its own needs no
    accounts: see TOUCHLINE_SIGNIN=oidc.
    """


class GrantType(click.ParamType):
    """A grant as it is typed."""

    name = "grant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401
        """The grant, or what is wrong with it."""
        from streams.identity.person import Grant, NotAPerson  # noqa: PLC0415

        if isinstance(value, Grant):
            return value
        try:
            return Grant.parse(value)
        except NotAPerson as error:
            self.fail(f"{error}.", param, ctx)


@user.command()
@click.argument("pseudonym")
@click.option("--name", required=True, help="The name that the board shows.")
@click.option(
    "--grant",
    "grants",
    type=GrantType(),
    multiple=True,
    required=True,
    metavar="ROLE:SITES[:MORE]",
    help="A role and its sites, with commas between, or all. Can be given more than once.",
)
@click.pass_obj
def add(settings: Settings, pseudonym: str, name: str, grants: tuple[Any, ...]) -> None:
    """Add an account and print its first-use link.

    PSEUDONYM is what events say of the person: 1 to 64 letters, digits, dots, underscores or hyphens. The roles are
    coordinator, key_worker (with the worker id), manager (with the agency), auditor and operator, for example:

    \b
      touchline user add p.007 --name "Jo Bell" --grant coordinator:north,south
      touchline user add p.012 --name "Sam Li" --grant key_worker:north:w00012
      touchline user add p.020 --name "Kit Roe" --grant manager:all:health
    """  # noqa: D301 - click's own mark for lines that stay as they are
    from streams.identity.person import NotAPerson, Person  # noqa: PLC0415

    try:
        person = Person(pseudonym, name, grants)
    except NotAPerson as error:
        raise click.UsageError(f"{error}.") from None
    _print_link(settings, pseudonym, _accounts(settings).add(person))


@user.command()
@click.argument("pseudonym")
@click.option("--enable", is_flag=True, help="Also if the account is disabled, which ends with it.")
@click.pass_obj
def reset(settings: Settings, pseudonym: str, *, enable: bool) -> None:
    """Forget the password of an account, end its sessions and print a new first-use link."""
    _print_link(settings, pseudonym, _accounts(settings).reset(pseudonym, enable=enable))


@user.command()
@click.argument("pseudonym")
@click.pass_obj
def disable(settings: Settings, pseudonym: str) -> None:
    """Keep an account from being used, and end its sessions. `reset --enable` undoes it."""
    ended = _accounts(settings).disable(pseudonym)
    say(f"{pseudonym} cannot sign in any more; {ended} {'session' if ended == 1 else 'sessions'} ended.")


@user.command("list")
@FORMAT
@click.pass_obj
def list_accounts(settings: Settings, form: str | None) -> None:
    """List the accounts: who, what is granted, and whether the account is in use."""
    from events.codec import to_json  # noqa: PLC0415
    from events.instants import format_instant  # noqa: PLC0415
    from streams.presentation.terminal import print_table  # noqa: PLC0415

    rows = [
        {
            "pseudonym": account.person.pseudonym,
            "name": account.person.name,
            "grants": [str(grant) for grant in account.person.grants],
            "state": account.state,
            "added": format_instant(account.added),
        }
        for account in _accounts(settings).listed()
    ]
    if lines_or_table(form) == "jsonl":
        for row in rows:
            say(to_json(row).decode())
    elif rows:
        shown = [{**row, "grants": "; ".join(row["grants"])} for row in rows]
        print_table("Accounts", shown, frozenset({"pseudonym", "state"}))
    else:
        say("There is no account yet. `touchline user add` adds one.")


def _accounts(settings: Settings) -> "Accounts":
    from streams.identity.accounts import Accounts  # noqa: PLC0415
    from streams.identity.database import open_identity  # noqa: PLC0415

    return Accounts(open_identity(settings.identity_address, settings.identity_password_file))


def _print_link(settings: Settings, pseudonym: str, code: str) -> None:
    from streams.listen_address import url  # noqa: PLC0415

    board = settings.board_url or url(settings.host_of(settings.board_port), settings.board_port, "")
    say(f"Hand this link to {pseudonym}. It can be used once, within 24 hours, to set a password:")
    say(f"  {board}/first-use?code={code}")
    if settings.signin is not SignIn.LOCAL:
        say("The board takes passwords only when it runs with TOUCHLINE_SIGNIN=local.", err=True)


COMMANDS = (user,)
