"""Copies GOV.UK Frontend into the board, without what belongs to GOV.UK alone.

For whoever moves the project to a newer version, with the unpacked package from npm:
`python -m deploy.design_system FOLDER_OF_THE_PACKAGE`.
"""

import json
import re
import sys
from pathlib import Path

VENDOR = Path(__file__).resolve().parents[1] / "streams" / "board" / "static" / "vendor"
STYLE, SCRIPT = "govuk-frontend.min.css", "govuk-frontend.min.js"
FONT, OUR_FONT = "GDS Transport,arial,sans-serif", "system-ui,sans-serif"
LOADS_A_FILE = re.compile(r"[^{};]*\{[^{}]*url\([^{}]*\}")
SOURCE_MAP = re.compile(r"\s*(/\*# sourceMappingURL=\S+ \*/|//# sourceMappingURL=\S+)\s*$")


def style_for_all(style: str) -> str:
    """The style sheet without GDS Transport, which only services on GOV.UK may use, and without the royal crest.

    What is left loads no other file.
    """
    return without_map(LOADS_A_FILE.sub("", style).replace(FONT, OUR_FONT))


def without_map(text: str) -> str:
    """A style sheet or script without the address of its source map, which is not copied."""
    return SOURCE_MAP.sub("\n", text)


def copy(package: Path, to: Path = VENDOR) -> Path:
    """Copies the files of an unpacked package into a folder of its version's name, and gives that folder."""
    version = json.loads((package / "package.json").read_text("utf-8"))["version"]
    folder = to / f"govuk-frontend-{version}"
    folder.mkdir(parents=True, exist_ok=True)
    built = package / "dist" / "govuk"
    (folder / STYLE).write_text(style_for_all((built / STYLE).read_text("utf-8")), "utf-8")
    (folder / SCRIPT).write_text(without_map((built / SCRIPT).read_text("utf-8")), "utf-8")
    return folder


if __name__ == "__main__":
    copy(Path(sys.argv[1]))
