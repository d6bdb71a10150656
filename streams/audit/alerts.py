"""`touchline replay` and `board`: every transition, or the alerts that are open."""

import heapq
from collections.abc import Iterator
from operator import itemgetter

from events.instants import Instant
from projections.policy import Policy
from projections.watch.judge import OF_ATTENTION, attention_line, board_line, judge
from projections.watch.transition import in_order
from streams.audit.answer import Answer, noticed, report
from streams.audit.parallel import Share, in_parts
from streams.audit.question import Question
from streams.audit.reading import History
from streams.presentation.lines import Line, show


def print_transitions(question: Question, form: str, jobs: int = 1) -> int:
    """Prints the transitions in order of known."""

    def work(part: Share) -> Answer:
        history = question.history(steps=True, part=part)
        transitions = in_order(t for t in history.transitions if question.is_about(t.subject))
        return Answer([(transition.place, transition.cloudevent()) for transition in transitions], noticed(history))

    answers = in_parts(question.jobs(jobs), work)
    lines = [line for _, line in heapq.merge(*(answer.lines for answer in answers), key=itemgetter(0))]
    show(lines, form, "Transitions", _transition_row)
    return report(*(answer.history for answer in answers))


def _transition_row(line: Line) -> Line:
    data = line["data"]
    return {
        "known": data["known"],
        "kind": line["type"].split(".")[2],
        "rule": data["rule"],
        "subject": line["subject"],
        "severity": data.get("severity", ""),
        "since": data.get("since", ""),
        "cause": data["cause"],
    }


def print_open(question: Question, form: str, jobs: int = 1) -> int:
    """Prints the alerts that are open as known at --known-at and valid at --valid-at."""

    def work(part: Share) -> Answer:
        history = question.history(steps=False, part=part)
        policy = question.policies.at(history.known_at)
        at = question.valid_at if question.valid_at is not None else history.known_at
        lines = open_lines(question, history, at, policy)
        return Answer([(alert_key(line), line) for line in lines], noticed(history))

    answers = in_parts(question.jobs(jobs), work)
    placed = sorted((line for answer in answers for line in answer.lines), key=itemgetter(0))
    show([line for _, line in placed], form, "Open alerts", lambda line: line)
    return report(*(answer.history for answer in answers))


def open_lines(question: Question, history: History, at: Instant, policy: Policy) -> Iterator[Line]:
    """The board lines of the alerts that hold at an instant, for the subjects that are asked about.

    A subject that cannot be judged is noted as parked, and the others go on.
    """
    is_now = at == history.known_at
    for subject in history.subjects.values():
        if question.is_about(subject.name):
            try:
                alerts = list(judge(subject, at, policy))
            except Exception as error:  # noqa: BLE001 - a fault with one subject must hide no other
                history.parked.setdefault(subject.name, type(error).__name__)
            else:
                for line in (board_line(subject, alert) for alert in alerts):
                    yield line | (attention_line(subject, line) if is_now else dict.fromkeys(OF_ATTENTION))


def alert_key(line: Line) -> tuple[str, str, str]:
    """Rule, subject and discriminator of a board line: at most one alert with the same three is open."""
    return line["rule"], line["subject"], line["discriminator"]
