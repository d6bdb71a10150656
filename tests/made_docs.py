"""Pages of the documentation that are made from the code: `python -m tests.made_docs` writes them anew."""

from collections.abc import Callable
from pathlib import Path

from events.topics import Topics
from streams.kafka.rights import GROUP, SEEN, SOURCE, TABLE, named
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


RIGHTS = """# Rights at Kafka

Each part of the service has an account of its own at Kafka, with the least that it needs. This table is made from
`streams/kafka/rights.py`; `touchline kafka rights` prints it for your prefix, a line each for scripts, and with
`--grant` gives the rights by an administrator's account. A source system's account is named `source-NAME`
(`--source NAME`); it may write all source topics but `action`, which has what people do about alerts.

At Kafka *read* and *write* imply *describe*, and *alter configs* implies *describe configs*. `touchline` is the
consumer group of the processors; `touchline-quarantine-seen` says how far the quarantine was looked at. No account
needs any right to the cluster.

| account | may | topics, by their names without prefix |
|---|---|---|
"""
SERVICE = Topics("", 1)
PARTS = {
    "processor": "`touchline worker`: intake and monitor",
    "board": "`touchline serve`",
    "checker": "compares what was published with the journal",
    "operator": "commands: topics, policy, quarantine, unpark, load, audits",
    "source-": "a source system, `source-NAME`",
}


def rights_page() -> str:
    """What docs/rights.md says."""
    rows = []
    for account, operations in TABLE.items():
        for number, (operation, names) in enumerate(operations.items()):
            who = "" if number else f"**{account}{'NAME' if account == SOURCE else ''}**: {PARTS[account]}"
            topics = ", ".join(f"`{name}`" for name in names if name not in {GROUP, SEEN})
            groups = [f"`{named(SERVICE, name)[1]}`" for name in names if name in {GROUP, SEEN}]
            group = f"the group {groups[0]}" if groups else ""
            what = " and ".join(filter(None, (topics, group)))
            rows.append(f"| {who} | {operation.replace('_', ' ')} | {what} |\n")
    return RIGHTS + "".join(rows) + f"\n`changelog` stands for the topic `{SERVICE.changelog}`.\n"


PAGES: dict[Path, Callable[[], str]] = {
    ROOT / "docs" / "settings.md": settings_page,
    ROOT / "docs" / "rights.md": rights_page,
}

if __name__ == "__main__":
    for path, page in PAGES.items():
        path.write_text(page(), "utf-8")
