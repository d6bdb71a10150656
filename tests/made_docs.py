"""Pages of the documentation that are made from the code: `python -m tests.made_docs` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from streams.setting_table import every
from streams.settings import Settings
from tests.service import ROOT

SETTINGS = """# Settings

Settings come from the environment. `touchline settings` prints them as they are, with where each value comes from.
An empty variable is one that is not set. A variable that begins with `TOUCHLINE_` and is no setting is named when a
command starts, with the nearest that is one.

What belongs together is set together: half a configuration is refused in one sentence, with exit code 2. Secrets are
in files of their own, which settings ending in `_FILE`, and `TOUCHLINE_KAFKA_KEY`, name: such a file must not be
empty, nor readable by everybody on the machine (`chmod 600`; its group may read it). It is read when it is needed.

| setting | default | meaning |
|---|---|---|
"""


def settings_page() -> str:
    """What docs/settings.md says."""
    made = Settings.model_construct()  # the defaults, whatever the environment says
    rows = [
        f"| `{each.variable}` | {f'`{each.default}`' if each.default else ''} | {each.meaning} |\n"
        for each in every(made)
    ]
    return SETTINGS + "".join(rows)


PAGES: dict[Path, Callable[[], str]] = {ROOT / "docs" / "settings.md": settings_page}

if __name__ == "__main__":
    for path, page in PAGES.items():
        path.write_text(page(), "utf-8")
