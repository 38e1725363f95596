"""The verification: production as it was watched, against the limits, and the probes that decided."""

from collections.abc import Iterator, Mapping

import htpy as h

from sentinel.core.release.model import Project
from sentinel.core.values.printable import printable
from sentinel.core.verification.sequential_test import Sample, Verdict
from sentinel.core.verification.trace import Trace
from sentinel.engine.people.projects import ProjectView
from sentinel.engine.people.status import VerificationView
from sentinel.front.console.elements import Tone, chip, facts, prose, said, table, until
from sentinel.front.console.page import Page, Part
from sentinel.front.console.pages.project import project_tabs
from sentinel.front.console.plots import Limit, Line, Plot, plot, rounded_up

_TOLD: Mapping[Verdict, tuple[str, Tone]] = {
    Verdict.RUNNING: ("running", "busy"),
    Verdict.PASSED: ("passed", "good"),
    Verdict.FAILED: ("failed", "bad"),
    Verdict.BLIND: ("not measured", "bad"),
}


def verification_page(view: ProjectView, found: VerificationView) -> Page:
    return _page(
        view.project,
        (
            Part("verdict", _verdict(found)),
            Part("plots", plots_of(found)),
            Part("against", _against(found.trace)),
        ),
    )


def no_verification_page(view: ProjectView, what: str, fix: str) -> Page:
    return _page(view.project, (Part("verdict", h.div[said(what), h.p(".small")[prose(fix)]]),))


def _page(project: Project, parts: tuple[Part, ...]) -> Page:
    return Page(
        title="Verification",
        parts=parts,
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/verification",
    )


def _verdict(found: VerificationView) -> h.Node:
    trace, judgement = found.trace, found.judgement
    verdict = judgement.verdict if judgement is not None else Verdict.RUNNING
    return h.div[
        h.div(".state")[
            chip(*_TOLD[verdict]) if found.ends or judgement else chip("ended early", "calm"),
            h.span["Ends in ", until(found.ends)] if found.ends else None,
        ],
        h.p(".message")[printable(judgement.numbers, limit=600)] if judgement is not None else None,
        facts(
            ("Decided by", judgement.rule if judgement is not None else None),
            ("Probes", f"{trace.answered + trace.blind}"),
            ("Failed", f"{trace.failed} of {trace.answered}"),
            ("Slow", f"{trace.slow} of {trace.answered - trace.failed}"),
            ("Not measured", str(trace.blind) if trace.blind else None),
            ("Window", f"{trace.thresholds.window_s:g} s, {trace.thresholds.rate:g} probes a second"),
        ),
    ]


def plots_of(found: VerificationView) -> h.Node:
    """Both shares with their limits, and the sequential test between its boundaries."""
    trace = found.trace
    if not trace.points:
        return h.p["No probe has been answered yet."]
    return h.div(".plots")[
        _share("Error rate so far", [(p.at, p.errors) for p in trace.points], trace.thresholds.error_rate, trace),
        _share("Slow answers so far", [(p.at, p.slow) for p in trace.points], trace.slow_limit, trace),
        _test(trace),
    ]


def _until(trace: Trace) -> float:
    return max(trace.thresholds.window_s, trace.reached_s)


def _share(title: str, points: list[tuple[float, float]], limit: float, trace: Trace) -> h.Node:
    """The first answers weigh much: the scale is that of the shares after them, where there are any."""
    settled = [share for at, share in points if at >= trace.thresholds.window_s / 20] or [share for _, share in points]
    most = min(1.0, rounded_up(max(2 * limit, *settled)))
    return plot(
        Plot(
            title,
            (Line("share", points),),
            (Limit(f"limit {100 * limit:g} %", limit, bad_above=True),),
            until=_until(trace),
            most=most,
            x_label=_seconds,
            y_label=_percent,
        )
    )


def _test(trace: Trace) -> h.Node:
    bound = trace.bound
    errors = [(p.at, p.error_statistic) for p in trace.points]
    slow = [(p.at, p.slow_statistic) for p in trace.points]
    most = min(3 * bound, max(1.5 * bound, *(1.1 * value for _, value in (*errors, *slow))))
    return plot(
        Plot(
            "Sequential test",
            (Line("errors", errors), Line("slow answers", slow, tone="quiet", dashed=True)),
            (Limit("fails", bound, bad_above=True), Limit("accepts", -bound, tone="good")),
            until=_until(trace),
            most=most,
            least=-1.5 * bound,
            x_label=_seconds,
            y_label="{:+.1f}".format,
        )
    )


def _seconds(value: float) -> str:
    return f"{value:.0f} s" if value < 120 else f"{value / 60:.0f} min"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


def _against(trace: Trace) -> h.Node:
    if not trace.against:
        return h.div[h.h2["Failed and slow probes"], h.p["None: every probe was answered well and in time."]]
    rows = [tuple(_row(sample)) for sample in reversed(trace.against)]
    return h.div[
        h.h2["Failed and slow probes, the newest first"],
        table(("After", "Result", "Took", "Reason"), rows, events=True),
    ]


def _row(sample: Sample) -> Iterator[h.Node]:
    yield f"{sample.at:.1f} s"
    if sample.fault == "prober":
        yield "not measured"
    elif sample.kind == "metric":
        yield f"metrics: {_percent(sample.error_rate or 0)} errors"
    else:
        yield "slow" if sample.ok else "failed"
    yield f"{sample.latency_ms:.0f} ms" if sample.latency_ms is not None else ""
    yield printable(sample.reason, limit=300)
