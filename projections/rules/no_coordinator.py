"""NO_COORDINATOR. Source: RULES, *Site rules*."""

from projections.calendar import threshold
from projections.rules.base import Held, Reasons, Rule, Severity, Verdict
from projections.rules.reasons import clears, day_text
from projections.site import Site


def judge(site: Site, at: int) -> Verdict:
    """Holds while no coordinator is in post."""
    segment = site.segment(at)
    vacancy = site.vacancy(site.appointments, site.zone.day_of(at), site.openings[0]) if segment.judged else None
    if vacancy is None:
        return Verdict(segment.start, segment.end)
    red = site.zone.midnight(threshold(site.calendar, vacancy.since - 1, site.parameters.coordinator_red))
    severity: Severity = "red" if at >= red else "amber"
    start, end = (max(segment.start, red), segment.end) if at >= red else (segment.start, min(segment.end, red))
    return Verdict(start, end, (Held(severity, vacancy.after or site.openings[0]),))


def explain(site: Site, at: int) -> Reasons:
    """Whether a coordinator is in post, or since when there is none, what would clear it."""
    out: Reasons = []
    day = site.zone.day_of(at)
    if site.segment(at).judged:
        vacancy = site.vacancy(site.appointments, day, site.openings[0])
        if vacancy is None:
            out.append({"code": "coordinator-in-post"})
        else:
            gone = site.calendar.wd(vacancy.since - 1, day)
            out.append({"code": "no-coordinator", "since": day_text(vacancy.since), "working_days": gone})
    out.append(clears("a coordinator's appointment"))
    return out


RULE = Rule(
    name="NO_COORDINATOR",
    kind="site",
    title="No coordinator in post",
    why="a co-ordinator is essential",
    parameters=("coordinator_red",),
    reads=frozenset(),
    judge=judge,
    explain=explain,
)
