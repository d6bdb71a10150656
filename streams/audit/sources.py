"""`touchline sources`: by site when each source was last heard of, and who depends on a silent one."""

from events.instants import format_day, format_instant
from projections.views.freshness import depends_on, silences
from projections.watch.hearing import Heard
from streams.audit.answer import report
from streams.audit.question import Question
from streams.presentation.lines import Line, show


def print_sources(question: Question, form: str) -> int:
    """Prints a line for each site and source."""
    history = question.history(steps=False)
    at = history.known_at
    by_site: dict[str, dict[str, Heard]] = {}
    dependents: dict[tuple[str, str], list[str]] = {}
    for name in sorted(history.subjects):
        subject = history.subjects[name]
        site = subject.site(at)
        if site is None:
            continue
        sources = by_site.setdefault(site, {})
        for source, heard in subject.hearing.sources.items():
            sources[source] = sources.get(source, Heard()).and_also(*heard)
        only_source = depends_on(subject.hearing.sources) if subject.kind == "family" else None
        if only_source is not None:
            dependents.setdefault((site, only_source), []).append(name)
    lines: list[Line] = []
    for site, sources in sorted(by_site.items()):
        policy = question.policies.at(at).of(site)
        silent = {silence.source: silence for silence in silences(site, sources.items(), policy, at)}
        lines += [
            {
                "site": site,
                "source": source,
                "seen": heard.seen,
                "last_heard": format_instant(heard.last),
                "silent_since": format_day(silent[source].since) if source in silent else None,
                "families_unknown": dependents.get((site, source), []) if source in silent else [],
            }
            for source, heard in sorted(sources.items())
        ]
    show(lines, form, "Sources", lambda line: {**line, "families_unknown": len(line["families_unknown"])})
    return report(history)
