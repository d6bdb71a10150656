"""What the service knows: the policy, the board's read model, the accounts, and what waits for somebody."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url, select
from sqlalchemy.exc import SQLAlchemyError

from events.topics import JOURNAL
from streams.database import GONE, Place
from streams.doctor.finding import Deployment, Finding, fine, said, unknown, wrong
from streams.identity import tables
from streams.kafka.client import group_lag
from streams.policy.policy_file import read_policy
from streams.policy.policy_topic import published
from streams.readmodel import database
from streams.readmodel.tables import OFFSETS, SCHEMA, VERSIONS
from streams.settings import SignIn

ELSEWHERE = "Ask where the board runs, if it is elsewhere."
CAUGHT_UP = 100
"""A processor commits once a second, so that a few records are always left."""


def check_policy(deployment: Deployment) -> Iterator[Finding]:
    """Whether a policy is published, the file is one of its versions, and every processor knows the newest."""
    settings = deployment.settings
    versions = published(settings)
    if versions is None:
        yield wrong("policy", "none is published", "Start a processor: the first one publishes its policy.")
        return
    newest = versions.versions[-1]
    if settings.policy is not None and read_policy(settings.policy).version not in versions.versions:
        yield wrong(
            "policy",
            f"{settings.policy} is none that is published",
            "Publish it (`touchline policy publish`), or use the one that holds (`touchline policy show --kafka`).",
        )
        return
    late = [part.name for part in deployment.processors if part.body is not None and said(part, "policy") != newest]
    if late:
        remedy = "Wait a minute; a processor that still does not know it is to be started again."
        yield wrong("policy", f"{', '.join(late)} does not know version {newest}", remedy)
    else:
        yield fine("policy", f"version {newest} is the newest, and every processor that answers knows it")


def check_lag(deployment: Deployment) -> Iterator[Finding]:
    """Whether processors have read what there is."""
    topics = deployment.settings.topics
    lag = group_lag(deployment.settings.kafka, topics.app_id, [*topics.sources, topics.name(JOURNAL)])
    total = sum(lag.values())
    if total > CAUGHT_UP:
        yield wrong("backlog", f"{total:,} records are still to be read", "Look at the processors above; else wait.")
    else:
        yield fine("backlog", "all is read")


def check_read_model(deployment: Deployment) -> Iterator[Finding]:
    """Whether the board's read model can be opened and is this version's."""
    settings = deployment.settings
    if _is_elsewhere(settings.readmodel_address):
        yield unknown("read model", "its file is not on this machine", ELSEWHERE)
        return
    engine = database.connect(settings.readmodel_address, settings.topics.app_id, settings.readmodel_password_file)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":  # its schema has the version in its name
                connection.execute(select(OFFSETS).limit(1))
                schemas = [SCHEMA]
            else:
                schemas = list(connection.execute(select(VERSIONS.c.schema)).scalars())
    except GONE as error:
        seen, _, remedy = database.what_is_wrong(engine, error).partition(". ")
        yield wrong("read model", seen, remedy)
        return
    except SQLAlchemyError as error:
        yield wrong(
            "read model", f"cannot be read ({type(error).__name__})", "Start the board again: it makes it anew."
        )
        return
    finally:
        engine.dispose()
    if schemas != [SCHEMA]:
        yield wrong("read model", "is another version's", "Start the board of this version: it makes it anew.")
    else:
        yield fine("read model", "can be read, and is of this version")


def _is_elsewhere(address: str) -> bool:
    """Whether a database is a file that is not on this machine."""
    url = make_url(address)
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


def check_accounts(deployment: Deployment) -> Iterator[Finding]:
    """Whether the accounts can be read, where people sign in by them."""
    settings = deployment.settings
    if settings.signin not in {SignIn.LOCAL, SignIn.OIDC}:
        yield fine("accounts", f"not used: TOUCHLINE_SIGNIN is {settings.signin}")
        return
    if _is_elsewhere(settings.identity_address):
        yield unknown("accounts", "their file is not on this machine", ELSEWHERE)
        return
    place = Place(settings.identity_address, "TOUCHLINE_IDENTITY", settings.identity_password_file)
    engine = place.engine("FULL")
    try:
        with engine.connect() as connection:
            version = connection.execute(select(tables.VERSIONS.c.version)).scalar()
            people = len(connection.execute(select(tables.ACCOUNTS.c.key)).all())
    except GONE as error:
        seen, _, remedy = place.what_is_wrong(error).partition(". ")
        yield wrong("accounts", seen, remedy)
        return
    except SQLAlchemyError as error:
        yield wrong("accounts", f"cannot be read ({type(error).__name__})", "`touchline user list` says why.")
        return
    finally:
        engine.dispose()
    if version != tables.VERSION:
        yield wrong("accounts", f"are in format {version}", "Use the version of Touchline that wrote them.")
    else:
        yield fine("accounts", f"can be read ({people:,} local)")
