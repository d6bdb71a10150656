"""Figures as plots: for each measure the sites' values on one scale, ready to be drawn. Pure."""

from typing import NamedTuple

from projections.views.reports import ALL_SITES, MEASURES, Figure

WIDTH = 360.0
"""Of the part of a plot that stands for values, in pixels of its own."""


class Mark(NamedTuple):
    """A site's value on the scale: where it is, and for a median where its quartiles are."""

    site: str
    figure: Figure
    text: str
    at: float | None
    from_: float | None
    to: float | None


class Plot(NamedTuple):
    """A measure with the marks of its sites, and what differs between them."""

    name: str
    title: str
    marks: list[Mark]
    ticks: list[tuple[float, str]]
    between: str


def plots(found: list[Figure]) -> list[Plot]:
    """A plot for each measure, in order."""
    return [
        _plot(measure.name, measure.title, [each for each in found if each.measure == measure.name])
        for measure in MEASURES
    ]


def _plot(name: str, title: str, figures: list[Figure]) -> Plot:
    is_share = name.startswith("share_") or name.endswith("_used")
    known = [value for each in figures for value in (each.value, each.upper) if value is not None]
    top = 1.0 if is_share else _round_up(max(known, default=1.0))

    def place(value: float | None) -> float | None:
        return None if value is None else round(WIDTH * min(value, top) / top, 1)

    def text(value: float) -> str:
        return f"{100 * value:.0f} %" if is_share else f"{value:g}"

    marks = []
    for each in figures:
        said = "not shown" if each.value is None else text(each.value)
        if each.lower is not None and each.upper is not None:
            said += f" (half between {text(each.lower)} and {text(each.upper)})"
        marks.append(Mark(each.site, each, said, place(each.value), place(each.lower), place(each.upper)))
    of_sites = [each.value for each in figures if each.site != ALL_SITES and each.value is not None]
    between = f"Between the sites: from {text(min(of_sites))} to {text(max(of_sites))}." if len(of_sites) > 1 else ""
    return Plot(name, title, marks, [(0.0, text(0)), (WIDTH / 2, text(top / 2)), (WIDTH, text(top))], between)


def _round_up(value: float) -> float:
    step = 1
    while step * 10 < value:
        step *= 10
    return float(next(step * factor for factor in (1, 2, 5, 10) if step * factor >= value))
