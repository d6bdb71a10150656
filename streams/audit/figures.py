"""`touchline report`: the figures of each site and of all together, small cells suppressed."""

import csv
import sys

from events.instants import format_instant
from projections.views.reports import figures
from streams.audit.answer import report
from streams.audit.question import Question
from streams.presentation.lines import Line, show


def print_figures(question: Question, form: str, days: int) -> int:
    """Prints the figures over so many days, as CSV with the form `csv`."""
    history = question.history(steps=False)
    policy = question.policies.at(history.known_at)
    lines = [figure.line() for figure in figures(history.subjects.values(), history.known_at, policy, days)]
    if form == "csv":
        writer = csv.DictWriter(sys.stdout, list(lines[0]) if lines else ["site"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)
    else:
        show(lines, form, f"As known at {format_instant(history.known_at)}, over {days} days", _row)
    return report(history)


def _row(line: Line) -> Line:
    return {
        "measure": line["measure"],
        "site": line["site"] or "all sites",
        "value": "not shown" if line["suppressed"] else line["value"],
        **{name: line[name] for name in ("lower", "upper", "basis")},
    }
