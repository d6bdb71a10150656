"""What went wrong, in one plain sentence, and the exit code that says what kind of failure it was."""

import os
import traceback
from pathlib import Path

from streams.full_disk import WHAT_TO_DO, is_full
from streams.presentation.terminal import say
from streams.processor.exit_codes import REFUSED

CANNOT = 3
"""The exit code where something outside is missing or wrong, like a broker, a file or a port."""
FAULT = 4
"""The exit code for a fault of ours."""
OTHER_POLICY = 5
"""The exit code where the policy is not the one that holds: trying again does not help."""


def report(error: Exception) -> int:
    """Says on standard error what happened; gives the exit code.

    A fault of ours is raised again with TOUCHLINE_LOG_LEVEL=DEBUG, for its traceback.
    """
    from streams.kafka.trouble import KafkaRefused  # noqa: PLC0415
    from streams.policy.policy_topic import PolicyDiffers  # noqa: PLC0415
    from streams.service.processes import GaveUp  # noqa: PLC0415

    if isinstance(error, KafkaRefused):
        say(f"touchline: {error}", err=True)
        return REFUSED
    if isinstance(error, _expected()):
        say(f"touchline: {error}", err=True)
        return CANNOT
    if isinstance(error, PolicyDiffers):
        say(f"touchline: {error}", err=True)
        return OTHER_POLICY
    if isinstance(error, GaveUp):
        say(f"touchline: {error}", err=True)
        return error.code
    if is_full(error) or isinstance(error, OSError):
        say(f"touchline: {_about_files(error)}", err=True)
        return CANNOT
    if os.environ.get("TOUCHLINE_LOG_LEVEL", "").upper() == "DEBUG":
        raise error
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    say(
        f"touchline: a fault of this version, not of what you gave it: {type(error).__name__} at {where}. "
        "TOUCHLINE_LOG_LEVEL=DEBUG shows more.",
        err=True,
    )
    return FAULT


def _about_files(error: Exception) -> str:
    """What is said of a disk that is full, and of a file that could not be used."""
    file = error.filename if isinstance(error, OSError) else None
    if is_full(error):
        return f"the disk{f' of {file}' if file else ''} {WHAT_TO_DO}."
    return f"{file or 'a file'}: {getattr(error, 'strerror', None) or type(error).__name__}"


def _expected() -> tuple[type[Exception], ...]:
    """The errors whose message already says what to do; imported only when something went wrong."""
    from deploy.local.kafka import LocalKafkaError  # noqa: PLC0415
    from events.csv_formats import MappingError  # noqa: PLC0415
    from projections.policy import PolicyError  # noqa: PLC0415
    from streams.audit.parallel import PartFailed  # noqa: PLC0415
    from streams.backup.folder import BackupError  # noqa: PLC0415
    from streams.database import DatabaseUnusable  # noqa: PLC0415
    from streams.identity.accounts import AccountError  # noqa: PLC0415
    from streams.identity.provider_file import ProviderFileError  # noqa: PLC0415
    from streams.kafka.publishing import PublishError  # noqa: PLC0415
    from streams.kafka.quarantine import NoSuchRecord  # noqa: PLC0415
    from streams.kafka.trouble import KafkaUnreachable, TopicsDiffer  # noqa: PLC0415
    from streams.listen_address import PortInUse  # noqa: PLC0415
    from streams.policy.policy_topic import TooLate  # noqa: PLC0415
    from streams.secret_files import FileUnusable  # noqa: PLC0415

    return (
        AccountError,
        BackupError,
        DatabaseUnusable,
        FileUnusable,
        LocalKafkaError,
        MappingError,
        PublishError,
        PolicyError,
        PartFailed,
        KafkaUnreachable,
        TopicsDiffer,
        NoSuchRecord,
        PortInUse,
        ProviderFileError,
        TooLate,
    )
