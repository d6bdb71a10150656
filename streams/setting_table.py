"""Every setting: its variable, default, present value, where that comes from, and what it means."""

import difflib
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic_core import PydanticUndefined

from streams.settings import Settings

PREFIX = "TOUCHLINE_"
OTHERS = frozenset({"TOUCHLINE_JAVA", "TOUCHLINE_BROWSER", "TOUCHLINE_NIGHTLY", "TOUCHLINE_ORACLE_SECONDS"})
"""Variables of the local broker and of the tests, which are no settings of the service."""
OF_TESTS = "TOUCHLINE_TEST_"
HIDDEN = "…"


class Setting(NamedTuple):
    """A setting as it is; `source` is `default` or `environment`. Empty texts stand for nothing."""

    variable: str
    default: str
    value: str
    source: str
    meaning: str


def every(settings: Settings) -> list[Setting]:
    """All settings in the order in which they are declared; passwords within addresses are hidden."""
    return [
        Setting(
            _variable(name),
            _shown("" if field.default is PydanticUndefined else field.default),
            _shown(getattr(settings, name)),
            "environment" if name in settings.model_fields_set else "default",
            " ".join((field.description or "").split()),
        )
        for name, field in Settings.model_fields.items()
    ]


def unknown(environment: Mapping[str, str]) -> list[str]:
    """The variables that look like settings and are none."""
    known = {*map(_variable, Settings.model_fields), *OTHERS}
    return sorted(
        name for name in environment if name.startswith(PREFIX) and name not in known and not name.startswith(OF_TESTS)
    )


def about_unknown(name: str) -> str:
    """What is said of such a variable, with the nearest that is a setting."""
    nearest = difflib.get_close_matches(name.removeprefix(PREFIX).lower(), Settings.model_fields, 1)
    meant = f"Did you mean {_variable(nearest[0])}? " if nearest else ""
    return f"{name} is no setting, so it changes nothing. {meant}`touchline settings` lists all."


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _shown(value: Any) -> str:  # noqa: ANN401 - of any setting
    """A value as text. A password in an address is hidden, whoever put it there; secrets have files of their own."""
    return "" if value is None else re.sub(r"(://[^/@:]*:)[^@]*@", rf"\1{HIDDEN}@", str(value))
