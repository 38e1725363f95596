"""Findings: what counts against a release, and a person's word that one is dealt with."""

from collections.abc import Sequence

import htpy as h

from sentinel.core.audit.findings import Severity, StoredFinding
from sentinel.core.release.model import Project
from sentinel.core.values.printable import printable
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import at, chip, code, prose
from sentinel.front.console.page import Page, Part, form_token
from sentinel.front.console.pages.project import project_tabs

RESOLVED_SHOWN = 50


def findings_page(view: ProjectView, found: Sequence[StoredFinding]) -> Page:
    project = view.project
    ordered = sorted(found, key=lambda one: (one.finding.severity is Severity.LOW, -one.number))
    open_ones = [one for one in ordered if one.resolution is None]
    resolved = [one for one in sorted(found, key=lambda one: -one.number) if one.resolution is not None]
    return Page(
        title="Findings",
        parts=(
            Part("open", _open(project, open_ones)),
            Part("resolved", _resolved(resolved)),
        ),
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/findings",
    )


def _open(project: Project, found: Sequence[StoredFinding]) -> h.Node:
    if not found:
        return h.div[h.h2["Open"], h.p["No open finding."]]
    high = sum(one.finding.severity is Severity.HIGH for one in found)
    return h.div(data_keep="findings")[
        h.h2["Open", h.span(".aside")[f"{high} high"]],
        h.p(".small")[prose("A high finding blocks `prepare_release` until a person resolves it with a reason.")],
        h.ul(".findings")[(_finding(project, one) for one in found)],
    ]


def _finding(project: Project, one: StoredFinding) -> h.Node:
    finding, number = one.finding, one.number
    high = finding.severity is Severity.HIGH
    return h.li[
        h.div[chip(finding.severity.value, "bad" if high else "wait"), " ", h.b[f"{number}"], " ", code(finding.rule)],
        h.p[printable(finding.message, limit=2000)],
        h.p(".small")[h.span[printable(finding.source, limit=120)], h.span[at(finding.found_at)]],
        h.form(".inline", method="post", action=f"/projects/{project.id}/findings/{number}/resolve")[
            form_token(),
            h.label(for_=f"reason-{number}")["Reason, which is recorded"],
            h.input(
                id=f"reason-{number}", name="reason", type="text", required=True, maxlength="500", autocomplete="off"
            ),
            h.button(type="submit")[f"Resolve {number}"],
        ],
    ]


def _resolved(found: Sequence[StoredFinding]) -> h.Node:
    if not found:
        return None
    return h.div[h.h2["Resolved"], h.ul(".findings")[(_told(one) for one in found[:RESOLVED_SHOWN])]]


def _told(one: StoredFinding) -> h.Node:
    finding, resolution = one.finding, one.resolution
    if resolution is None:
        return None
    return h.li[
        h.div[chip("resolved", "good"), " ", h.b[str(one.number)], " ", code(finding.rule)],
        h.p[printable(finding.message, limit=2000)],
        h.p(".small")[
            h.span["By ", printable(resolution.by, limit=80), ": ", printable(resolution.reason, limit=600)],
            h.span[at(resolution.at)],
        ],
    ]
