"""Sign-in with a real provider and a real browser. It takes minutes, so it runs when TOUCHLINE_NIGHTLY is 1."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from streams.board.app import build
from streams.board.main import identity_of
from streams.readmodel.database import open_database
from streams.settings import Settings
from tests.board import POLICIES, NoKafka
from tests.browser.find import installed
from tests.browser.test_board import FLAGS
from tests.identity import served
from tests.keycloak import PASSWORD, SECRET, Keycloak
from tests.nightly import NIGHTLY
from tests.service import free_port

pytestmark = [
    NIGHTLY,
    pytest.mark.timeout(600),
]
PROVIDER = """
issuer = "{issuer}"
client_id = "touchline"
client_secret_file = "secret"
[[grant]]
group = "coordinators-north"
role = "coordinator"
sites = ["north"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keycloak")


@pytest.fixture(scope="module")
def board_address() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(scope="module")
def keycloak(folder: Path, board_address: str) -> Iterator[Keycloak]:
    started = Keycloak(folder, free_port(), board_address)
    try:
        started.wait()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def board(folder: Path, board_address: str, keycloak: Keycloak) -> Iterator[str]:
    """A board without Kafka that takes its sign-ins from Keycloak."""
    (folder / "secret").write_text(SECRET, "utf-8")
    (folder / "oidc.toml").write_text(PROVIDER.format(issuer=keycloak.issuer), "utf-8")
    port = int(board_address.rpartition(":")[2])
    settings = Settings(
        signin="oidc", oidc=folder / "oidc.toml", state=folder, board_url=board_address, board_port=port
    )
    engine = open_database(f"sqlite:///{folder / 'board.db'}")
    web = build(engine, POLICIES, NoKafka(), identity_of(settings))
    with served(web, port):
        yield board_address
    engine.dispose()


@pytest.fixture
def page(board: str) -> Iterator[Page]:
    path = installed()
    assert path, "no browser: `make test` finds or installs one"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        made = browser.new_context(base_url=board).new_page()
        yield made
        browser.close()


def sign_in(page: Page, password: str = PASSWORD) -> None:
    """Fills in the provider's own form."""
    page.locator("#username").fill("jo")
    page.locator("#password").fill(password)
    page.locator("#kc-login").click()


def test_a_real_provider_signs_somebody_in_and_out(page: Page, keycloak: Keycloak) -> None:
    """From the page that was asked for to the provider and back; an administrator there ends the session here."""
    page.goto("/rules")
    page.get_by_role("link", name="Sign in with your organisation's account").click()
    sign_in(page, "wrong")
    expect(page.get_by_text("Invalid username or password")).to_be_visible()
    sign_in(page)
    expect(page.get_by_role("heading", name="The rules", exact=True)).to_be_visible()
    page.get_by_role("link", name="Jo Bell").click()
    expect(page.get_by_text("coordinator at North")).to_be_visible()
    [cookie] = [each for each in page.context.cookies() if each["name"].startswith("__Host-")]
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
        "__Host-touchline",
        True,
        True,
        "Lax",
    )
    keycloak.sign_out_everywhere()
    page.goto("/service")
    expect(page.get_by_text("You were signed out")).to_be_visible()


def test_signing_out_here_leaves_the_way_to_sign_out_there(page: Page) -> None:
    """The provider still knows the person, so signing in again asks for no password until they sign out there too."""
    page.goto("/signin")
    go = page.get_by_role("link", name="Sign in with your organisation's account")
    go.click()
    sign_in(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
    page.goto("/signin")
    go.click()
    expect(page.get_by_role("link", name="Jo Bell")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="sign out there too").click()
    page.locator("#kc-logout").click()
    page.goto("/signin")
    go.click()
    expect(page.locator("#username")).to_be_visible()
