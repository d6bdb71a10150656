"""After sign-in a browser goes to the page that was asked for, and to no other site."""

import pytest

from streams.identity.way_back import local_path, sign_in_address


@pytest.mark.parametrize(
    "asked", ["/", "/subjects/family/f00001", "/reports?known_at=2026-01-01&format=csv", "/subject?name=family%2F.."]
)
def test_a_path_of_the_board_is_gone_to(asked: str) -> None:
    """With its query."""
    assert local_path(asked) == asked


@pytest.mark.parametrize(
    "asked",
    [
        None,
        "",
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example/",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "/\n/elsewhere.example",
        " //elsewhere.example",
        "javascript:alert(1)",
        "rules",
        "/rules\r\nset-cookie: a=b",
        "/é",
        "/" + "x" * 2_000,
        "/signin?next=/",
        "/signout",
        "/signed-out",
        "/first-use?code=1",
    ],
)
def test_anything_else_is_the_first_page(asked: str | None) -> None:
    """Another site, a script, a header, and the pages of sign-in itself."""
    assert local_path(asked) == "/"


def test_the_sign_in_page_is_told_the_way_back() -> None:
    """Written so that its query is not taken for the sign-in page's own."""
    assert sign_in_address("/") == "/signin"
    assert sign_in_address("/reports?a=1&b=2", ran_out=True) == "/signin?next=/reports%3Fa%3D1%26b%3D2&over=1"
    assert sign_in_address("//elsewhere.example") == "/signin"
