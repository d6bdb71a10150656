"""Sign-in put together: its pages and its middleware, for the way of signing in that is set."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.engine import Engine
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from events.instants import Instant
from streams.clock import now
from streams.identity.accounts import Accounts
from streams.identity.attempts import Attempts
from streams.identity.calendar_addresses import CalendarAddresses
from streams.identity.demo_pages import DemoPages
from streams.identity.gate import Gate, Keep, keep_nothing
from streams.identity.headers import SecurityHeaders
from streams.identity.kept_forms import KeptForms
from streams.identity.local_pages import LocalPages
from streams.identity.names import Names
from streams.identity.oidc_pages import SIGN_OUT_BY_PROVIDER, OidcPages
from streams.identity.own_pages import OwnPagesOnly
from streams.identity.page import Page
from streams.identity.passwords import Hasher
from streams.identity.provider import Provider
from streams.identity.session_pages import SessionPages
from streams.identity.sessions import Sessions
from streams.identity.slowing import Slowing

THIS_MACHINE = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Identity:
    """How people sign in at a board. Without a database nobody does, and everybody sees everything."""

    signin: str = "none"
    """`none`, `local`, `oidc` or `demo`."""
    engine: Engine | None = None
    hosts: tuple[str, ...] = ()
    """The names under which browsers reach the board, besides those of this machine."""
    https: bool = False
    clock: Callable[[], Instant] = now
    hasher: Hasher | None = None
    provider: Provider | None = None

    def routes(self, page: Page) -> list[Route]:
        """The addresses of sign-in; `page` makes its pages."""
        if self.engine is None:
            return []
        sessions = Sessions(self.engine, self.clock)
        if self.provider is not None:
            provider = self.provider
            ends = SessionPages(sessions, page, lambda: provider.sign_out_address)
            attempts = Attempts(self.engine, self.clock)
            return [*OidcPages(provider, attempts, sessions, ends, page).routes(), *ends.routes()]
        ends = SessionPages(sessions, page)
        if self.signin == "demo":
            return [*DemoPages(ends, page).routes(), *ends.routes()]
        accounts, slowing = Accounts(self.engine, self.clock, self.hasher), Slowing(self.engine, self.clock)
        return [*LocalPages(accounts, slowing, ends, page).routes(), *ends.routes()]

    def names(self) -> Names:
        """The names of those who sign in."""
        return Names(self.engine, self.signin)

    def calendars(self) -> CalendarAddresses | None:
        """The addresses of calendars; None where nobody signs in."""
        return None if self.engine is None else CalendarAddresses(self.engine, self.signin, self.clock)

    def kept_forms(self) -> KeptForms | None:
        """The forms that are kept for whoever signs in again; None where nobody signs in."""
        return None if self.engine is None else KeptForms(self.engine, self.clock)

    def middleware(self, keep: Keep = keep_nothing, *inside_headers: Middleware) -> list[Middleware]:
        """What every request passes, from the outside to the inside; `keep` keeps forms that come too late.

        `inside_headers` are of the board: they come after the headers, and before anybody is asked for.
        """
        sessions = None if self.engine is None else Sessions(self.engine, self.clock)
        return [
            Middleware(SecurityHeaders, https=self.https),
            *inside_headers,
            Middleware(
                TrustedHostMiddleware, allowed_hosts=[*THIS_MACHINE, *self.hosts], www_redirect=False
            ),  # else another site's page could pose as this one
            Middleware(OwnPagesOnly, machines=() if self.provider is None else (SIGN_OUT_BY_PROVIDER,)),
            Middleware(Gate, signin=self.signin, sessions=sessions, keep=keep),
        ]


NO_SIGN_IN = Identity()
