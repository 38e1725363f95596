"""Insights: DORA's metrics by week, with what exactly each of them counts beside it."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import htpy as h

from sentinel.core.release.delivery import DEFINITIONS, Delivery
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import elapsed
from sentinel.front.console.page import Page, Part
from sentinel.front.console.pages.project import project_tabs
from sentinel.front.console.plots import Bar, bars

Number = Callable[[Delivery], float | None]
Written = Callable[[float], str]


def insights_page(view: ProjectView, weeks: Sequence[Delivery], whole: Delivery) -> Page:
    project = view.project
    count = len(weeks)
    tiles: Sequence[tuple[str, str, Number, Written]] = (
        ("Deployment frequency", _per_week(whole, count), lambda week: float(week.deployments), "{:.0f}".format),
        ("Lead time", _length(whole.lead_time), lambda week: _seconds(week.lead_time), _spoken),
        ("Change fail rate", _share(whole.change_fail_rate), lambda week: week.change_fail_rate, _percent),
        ("Time to restore", _length(whole.time_to_restore), lambda week: _seconds(week.time_to_restore), _spoken),
        ("Rework rate", _share(whole.rework_rate), lambda week: week.rework_rate, _percent),
    )
    counted = f"Counted from the signed history: the last {count} weeks, {whole.deployments} deployments."
    return Page(
        title="Insights",
        parts=(
            Part("lead", h.p(".lead")[counted]),
            Part("metrics", h.div(".metrics")[[_tile(weeks, *tile) for tile in tiles]]),
        ),
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/insights",
    )


def _tile(weeks: Sequence[Delivery], name: str, value: str, number: Number, written: Written) -> h.Element:
    return h.div(".metric")[
        h.h2[name],
        h.p(".figure")[value],
        h.p(".small")[DEFINITIONS[name]],
        bars("By week", [_bar(week, number(week), name, written) for week in weeks], written=written)
        if any(map(number, weeks))
        else None,
    ]


def _bar(week: Delivery, value: float | None, name: str, written: Written) -> Bar:
    tone = "bad" if name in ("Change fail rate", "Time to restore", "Rework rate") else "accent"
    spoken = f"{week.start:%d %b}: {written(value) if value is not None else 'none'}"
    return Bar(f"{week.start:%d %b}", ((value or 0.0, tone),), spoken)


def _per_week(whole: Delivery, weeks: int) -> str:
    return f"{whole.deployments / weeks:.2g} a week"


def _length(length: timedelta | None) -> str:
    return elapsed(length) if length is not None else "none yet"


def _share(share: float | None) -> str:
    return _percent(share) if share is not None else "none yet"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _seconds(length: timedelta | None) -> float | None:
    return length.total_seconds() if length is not None else None


def _spoken(seconds: float) -> str:
    return elapsed(timedelta(seconds=seconds))
