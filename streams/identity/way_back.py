"""Where a browser goes after sign-in: to the page that was asked for. Pure."""

from urllib.parse import quote, urlsplit

HOME = "/"
LONGEST = 2_000
OURS = ("/signin", "/signout", "/signed-out", "/first-use")
"""Pages that nobody wants to come back to."""


def local_path(asked: str | None) -> str:
    """The path that was asked for if it is one of this board; else the board's first page.

    A browser takes `//elsewhere`, and a backslash for a slash, as the name of another machine.
    """
    if not asked or len(asked) > LONGEST or not asked.startswith("/") or asked.startswith(("//", *OURS)):
        return HOME
    if "\\" in asked or not asked.isascii() or not asked.isprintable() or " " in asked:
        return HOME
    try:
        parts = urlsplit(asked)
    except ValueError:
        return HOME
    return HOME if parts.scheme or parts.netloc else asked


def sign_in_address(back: str, *, ran_out: bool = False) -> str:
    """The address of the sign-in page, with the way back."""
    back = local_path(back)
    query = [f"next={quote(back, safe='/')}"] if back != HOME else []
    query += ["over=1"] if ran_out else []
    return "/signin" + (f"?{'&'.join(query)}" if query else "")
