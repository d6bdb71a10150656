"""Pages that need nothing of the board, for what is refused before it gets there. They look like the board's."""

from collections.abc import Mapping
from html import escape

from starlette.responses import HTMLResponse

PAGE = """<!doctype html>
<html lang="en-GB" class="govuk-template">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} &ndash; Touchline</title>
<link rel="icon" href="/static/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/vendor/govuk-frontend-6.3.0/govuk-frontend.min.css">
<link rel="stylesheet" href="/static/board.css">
</head>
<body class="govuk-template__body">
<header class="govuk-template__header">
<div class="govuk-generic-header"><div class="govuk-generic-header__container govuk-width-container">
<div class="govuk-generic-header__logo"><a href="/" class="govuk-generic-header__homepage-link">Touchline</a></div>
</div></div>
</header>
<div class="govuk-width-container"><main id="main" class="govuk-main-wrapper">
<h1 class="govuk-heading-l">{title}</h1>
<p class="govuk-body">{sentence}</p>
<p class="govuk-body"><a class="govuk-link" href="{address}">{onward}</a></p>
</main></div>
</body>
</html>
"""


def plain_page(
    title: str,
    sentence: str,
    status: int,
    address: str = "/",
    onward: str = "Alerts",
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """A page with a heading, a sentence, and where to go from there."""
    parts = {"title": title, "sentence": sentence, "address": address, "onward": onward}
    return HTMLResponse(PAGE.format(**{name: escape(text) for name, text in parts.items()}), status, headers)
