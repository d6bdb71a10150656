"""Who may see the board's pages, while these show all sites alike.

A page that shows everything is for those who may see everything: auditors, and coordinators of all sites. The latter
may also record a contact. To the others the board says so, rather than show them what is not theirs. Where nobody signs
in, or people choose who they are, the board is on one machine only, and shows everything.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from streams.identity.own_pages import HARMLESS
from streams.identity.person import Person, Role
from streams.identity.plain import plain_page
from streams.identity.way_back import OURS
from streams.settings import SignIn

FOR_ALL = ("/rules", "/static/", *OURS, "/signed-in", "/calendar", "/workers/")
"""The rules are read by everybody, and so are the pages of sign-in. The last two show each person their own part."""


def may_see_all(person: Person) -> bool:
    """Whether a person may see what all pages show. Source: CONTRACT, *People and machines*."""
    return may_record_anywhere(person) or any(grant.role is Role.AUDITOR for grant in person.grants)


def may_record_anywhere(person: Person) -> bool:
    """Whether a person may record a contact with any family."""
    return any(grant.role is Role.COORDINATOR and grant.sites is None for grant in person.grants)


class Admission:
    """Answers whom the board has nothing to show yet."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or says that there is nothing for this person."""
        state = scope.get("state", {})
        person: Person | None = state.get("person")
        if person is None or state.get("signin") == SignIn.DEMO or scope["path"].startswith(FOR_ALL):
            await self._app(scope, receive, send)
        elif not may_see_all(person):
            page = plain_page("Nothing to show yet", NOTHING_YET, 403, "/signed-in", "Your sign-in")
            await page(scope, receive, send)
        elif scope["method"] not in HARMLESS and not may_record_anywhere(person):
            page = plain_page("Not recorded", "Contacts are recorded by coordinators of all sites only, so far.", 403)
            await page(scope, receive, send)
        else:
            await self._app(scope, receive, send)


NOTHING_YET = (
    "You are signed in, but the board's pages show all sites, and what you were granted is a part of them. "
    "So far they are open to auditors and to coordinators of all sites."
)
