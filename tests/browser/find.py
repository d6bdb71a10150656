"""Finds a browser for the tests: the one that is there, else Debian's chromium, else Playwright's own.

Prints its path.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests import debian

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def installed() -> str | None:
    """The path of a browser on this machine; None without one."""
    named = os.environ.get("TOUCHLINE_BROWSER")
    if named:
        return named
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    caches = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return next((str(path) for path in sorted(caches.glob("chromium-*/chrome-linux*/chrome"))), None)


def install() -> str | None:
    """Installs a browser, and gives its path; None if none is to be had."""
    debian.install("chromium", "fonts-dejavu-core")
    if installed():
        return installed()
    print("Installing Playwright's chromium for the browser tests (once) …", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], stdout=subprocess.DEVNULL, check=False)
    return installed()


if __name__ == "__main__":
    browser = installed() or install()
    if browser is None:
        sys.exit(
            "No browser was found and none could be installed. "
            "Install Chromium, or say where one is with TOUCHLINE_BROWSER."
        )
    print(f"Browser: {browser}", file=sys.stderr)
