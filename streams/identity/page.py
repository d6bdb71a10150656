"""What makes the pages of sign-in: the board gives it, with its frame around them."""

from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response


class Page(Protocol):
    """Makes a page of a template and of what it shows."""

    def __call__(self, request: Request, template: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401
        """The page."""
