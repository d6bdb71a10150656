"""`touchline explain`: for each rule why a subject is flagged, or why not."""

from events.instants import Day
from events.subject_name import SubjectName
from projections.reasoning.reasons import sentence_of
from projections.views.headlines import next_contact
from projections.watch.judge import attention_line, explain, said_of
from streams.audit.answer import report
from streams.audit.question import Question
from streams.presentation import plain_english
from streams.presentation.lines import Line, show
from streams.presentation.terminal import say


def print_explanation(question: Question, rule: str | None, form: str, *, english: bool) -> int:
    """Prints the verdict of one rule, or of all, on the subject."""
    history = question.history(steps=False)
    subject = history.subjects.get(question.subject or "")
    if subject is None:
        say(f"Nothing is known of {question.subject}.", err=True)
        return report(history)
    at = question.valid_at if question.valid_at is not None else history.known_at
    policy = question.policies.at(history.known_at)

    def due(family: str) -> Day | None:
        known = history.subjects.get(SubjectName.of("family", family))
        return next_contact(known, at, policy) if known is not None else None

    verdicts = list(explain(subject, at, policy, rule, due))
    if at == history.known_at:
        for line in (alert for verdict in verdicts for alert in verdict["alerts"]):
            line.update(attention_line(subject, line), **said_of(subject, line))
    if english:
        for verdict in verdicts:
            for sentence in [*plain_english.paragraph(verdict), ""]:
                say(sentence)
    else:
        show(verdicts, form, f"{question.subject}", _row)
    return report(history)


def _row(verdict: Line) -> Line:
    return {
        "rule": verdict["rule"],
        "title": verdict["title"],
        "flagged": "yes" if verdict["holds"] else "no",
        "reasons": "\n".join(map(sentence_of, verdict["reasons"])),
    }
