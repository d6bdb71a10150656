"""The provider's file, and what its groups are granted here."""

from pathlib import Path
from typing import Any

import pytest

from streams.board.main import identity_of
from streams.identity.claims import NotGranted, person_of
from streams.identity.provider_file import ProviderFileError, read_provider
from streams.settings import Settings
from tests.commands import touchline
from tests.provider import USER, settings

FILE = """
issuer = "https://id.example/realms/one"
client_id = "touchline"
client_secret_file = "touchline.secret"
groups = "realm_access.roles"

[[grant]]
group = "coordinators-north"
role = "coordinator"
sites = ["north", "south"]

[[grant]]
group = "key-workers-north"
role = "key_worker"
sites = ["north"]
worker_claim = "employee_number"

[[grant]]
group = "managers"
role = "manager"
sites = "all"
agency = "health"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "touchline.secret").write_text("a secret\n", "utf-8")
    made = tmp_path / "oidc.toml"
    made.write_text(FILE, "utf-8")
    return made


def test_a_file_is_read_with_its_secret(file: Path) -> None:
    """The secret is in a file of its own, beside it."""
    read = read_provider(file)
    assert (read.issuer, read.client_secret, read.pseudonym) == ("https://id.example/realms/one", "a secret", "sub")
    assert [str(each.grant("w1")) for each in read.grant] == [
        "coordinator:north,south",
        "key_worker:north:w1",
        "manager:all:health",
    ]
    made = identity_of(Settings(state=file.parent, signin="oidc", oidc=file, board_url="https://touchline.example.org"))
    assert made.provider is not None
    assert made.provider._back == "https://touchline.example.org/signin/back"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('issuer = "https', 'issuer = "http', "issuer: should be an https address"),
        ('client_id = "touchline"', "", "client_id: Field required"),
        (
            'client_id = "touchline"',
            'client_id = "touchline"\nclient_secret = "x"',
            "client_secret: should be in a file",
        ),
        ('client_id = "touchline"', 'client_id = "touchline"\nscope = "profile"', "scope: should contain openid"),
        ('client_id = "touchline"', 'client_id = "touchline"\ncolour = 1', "colour: Extra inputs"),
        ('role = "coordinator"', 'role = "source"', "grant.1.role: Input should be"),
        ('sites = "all"', 'sites = "most"', "grant.3.sites"),
        ('agency = "health"', "", "grant.3: manager needs its agency"),
        ('worker_claim = "employee_number"', "", "grant.2: worker_claim belongs to the role key_worker"),
        ("[[grant]]", "[[grant", "line"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    file: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, problem: str
) -> None:
    """With its name and the place in it."""
    file.write_text(FILE.replace(old, new, 1), "utf-8")
    with pytest.raises(ProviderFileError, match=r"oidc\.toml: ") as refused:
        read_provider(file)
    assert problem in str(refused.value)
    monkeypatch.setenv("TOUCHLINE_SIGNIN", "oidc")
    assert "TOUCHLINE_OIDC: should name the TOML file" in touchline("serve").stderr


@pytest.mark.parametrize(
    ("claims", "grants"),
    [
        ({}, ["coordinator:north"]),
        ({"groups": "coordinators-north"}, ["coordinator:north"]),
        ({"groups": ["managers", "coordinators-north"]}, ["coordinator:north", "manager:all:health"]),
        ({"groups": ["key-workers-north"], "staff": {"number": "w7"}}, ["key_worker:north:w7"]),
        ({"groups": ["key-workers-north"], "staff.number": "w7"}, ["key_worker:north:w7"]),
        ({"groups": ["key-workers-north", "managers"]}, ["manager:all:health"]),
        ({"groups": ["key-workers-north", "managers"], "staff": {"number": "w 7"}}, ["manager:all:health"]),
    ],
)
def test_groups_are_granted_what_the_file_says(claims: dict[str, Any], grants: list[str]) -> None:
    """A key worker without a worker id is granted nothing as one."""
    assert [str(grant) for grant in person_of({**USER, **claims}, settings()).grants] == grants


@pytest.mark.parametrize(
    "claims",
    [
        {"groups": []},
        {"groups": None},
        {"groups": [7, None]},
        {"groups": {"coordinators-north": True}},
        {"groups": ["key-workers-north"]},
        {"sub": "a b"},
        {"sub": "x" * 65},
    ],
)
def test_who_is_granted_nothing_is_nobody_here(claims: dict[str, Any]) -> None:
    """Nor whoever has no pseudonym that can be written into records."""
    with pytest.raises(NotGranted):
        person_of({**USER, **claims}, settings())


@pytest.mark.parametrize(("said", "shown"), [("  Jo Bell ", "Jo Bell"), (None, "7f0c"), ("a\nb", "7f0c"), ("", "7f0c")])
def test_the_name_is_shown_if_it_can_be(said: str | None, shown: str) -> None:
    """Else the pseudonym is; a long one is cut."""
    assert person_of({**USER, "name": said}, settings()).name == shown
    assert len(person_of({**USER, "name": "x" * 500}, settings()).name) == 100
