"""Pages that need nothing of the board, for what is refused before it gets there."""

from html import escape

from starlette.responses import HTMLResponse

PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Touchline</title>
</head>
<body><main><h1>{title}</h1><p>{sentence}</p><p><a href="{address}">{onward}</a></p></main></body>
</html>
"""


def plain_page(title: str, sentence: str, status: int, address: str = "/", onward: str = "Touchline") -> HTMLResponse:
    """A page with a heading, a sentence, and where to go from there."""
    parts = {"title": title, "sentence": sentence, "address": address, "onward": onward}
    return HTMLResponse(PAGE.format(**{name: escape(text) for name, text in parts.items()}), status)
