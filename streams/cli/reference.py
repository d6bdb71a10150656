"""`touchline rules`, `types` and `schema`: what can be looked up."""

from pathlib import Path

import click

from streams.cli.options import EXISTING_FILE, FORMAT, lines_or_table
from streams.presentation.terminal import say


@click.command()
@click.option("--policy", type=EXISTING_FILE, help="With the parameters of this policy file.")
@click.option("--site", metavar="S", help="With the parameters of one site.")
@FORMAT
def rules(policy: Path | None, site: str | None, form: str | None) -> None:
    """Print the rules with what they mean, their parameters, and the phrase of the research that each comes from."""
    from streams.policy.policy_file import read_policy  # noqa: PLC0415
    from streams.presentation.lines import Line, show  # noqa: PLC0415
    from streams.presentation.rule_listing import rulebook  # noqa: PLC0415

    def row(line: Line) -> Line:
        return {
            "rule": line["rule"],
            "subject": line["subject"],
            "title": line["title"],
            "on": "yes" if line["on"] else "no",
            "parameters": ", ".join(f"{name} = {value}" for name, value in line["parameters"].items()),
            "the text": line["source"],
        }

    show(rulebook(read_policy(policy).of(site)), lines_or_table(form), "Rules", row)


@click.command()
def metrics() -> None:
    """Print the page of the metrics, as docs/metrics.md has it."""
    from streams.presentation.metrics_page import metrics_page  # noqa: PLC0415

    for line in metrics_page().splitlines():
        say(line)


@click.command()
@FORMAT
def types(form: str | None) -> None:
    """Print the event types with their topics and fields."""
    from events.catalogue import TYPES  # noqa: PLC0415
    from streams.presentation.lines import show  # noqa: PLC0415

    lines = [
        {
            "topic": kind.topic,
            "type": kind.full_name(version),
            "fields": ", ".join(
                name if field.is_required() else f"{name}?" for name, field in kind.model(version).model_fields.items()
            ),
        }
        for kind in TYPES.values()
        for version in range(1, kind.version + 1)
    ]
    show(lines, lines_or_table(form), "Event types", lambda line: line)


@click.command()
@click.argument("type_name", metavar="[TYPE]", required=False)
def schema(type_name: str | None) -> None:
    """Print the JSON Schema of one event TYPE (like contact.recorded), of all, or of a published alert (TYPE alert)."""
    from events.codec import to_json  # noqa: PLC0415
    from events.schema import json_schema  # noqa: PLC0415
    from projections.views.alert_schema import alert_schema  # noqa: PLC0415

    try:
        say(to_json(alert_schema() if type_name == "alert" else json_schema(type_name)).decode())
    except KeyError:
        raise click.UsageError(f"{type_name!r} is no event type; `touchline types` lists them.") from None


COMMANDS = (rules, metrics, types, schema)
