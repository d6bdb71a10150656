"""This machine: space for the state, and files with secrets."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from streams.doctor.finding import Deployment, Finding, fine, unknown, wrong
from streams.secret_files import FileUnusable, require_private

LEAST_BYTES = 1 << 30
LEAST_SHARE = 0.05
MIB = 1 << 20


def check_space(deployment: Deployment) -> Iterator[Finding]:
    """Whether the disk of the state folder has room."""
    folder = deployment.settings.state.absolute()
    if not folder.exists():
        yield unknown(f"space in {folder}", "there is no such folder on this machine")
        return
    usage = shutil.disk_usage(folder)
    seen = f"{usage.free // MIB:,} of {usage.total // MIB:,} MiB are free"
    if usage.free < LEAST_BYTES or usage.free < LEAST_SHARE * usage.total:
        yield wrong(
            f"space in {folder}", seen, "Make room, or move the folder to a larger disk and set TOUCHLINE_STATE."
        )
    else:
        yield fine(f"space in {folder}", seen)


def check_secrets(deployment: Deployment) -> Iterator[Finding]:
    """Whether files with secrets are there, and for those alone who need them."""
    settings = deployment.settings
    named = {
        name: file
        for name in type(settings).model_fields
        if (name.endswith("_file") or name == "kafka_key") and isinstance(file := getattr(settings, name), Path)
    }
    for name, file in named.items():
        setting = f"TOUCHLINE_{name.upper()}"
        try:
            require_private(file, setting)
        except FileUnusable as error:
            seen, _, remedy = str(error).partition(". ")
            yield wrong(setting, seen, remedy or "Put the file there, for its owner alone (`chmod 600`).")
        else:
            yield fine(setting, "is there, and not for everybody")
