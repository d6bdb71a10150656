"""The addresses of subjects' pages. Pure."""

from urllib.parse import urlencode

from starlette.requests import Request

DOTTED = "/subject"
"""A browser takes an id of dots alone for a way up, so that such a name goes into the query."""


def address(name: str, **query: str) -> str:
    """The address of a subject's page."""
    if name.endswith(("/.", "/..")):
        return f"{DOTTED}?{urlencode({'name': name, **query})}"
    return f"/subjects/{name}" + (f"?{urlencode(query)}" if query else "")


def name_asked_for(request: Request) -> str:
    """The name of the subject that a request is about, from either address."""
    if "id" in request.path_params:
        return f"{request.path_params['kind']}/{request.path_params['id']}"
    return request.query_params.get("name", "")
