"""The next release before the fact: its version and why, what every gate says, and what would run and be asked."""

from collections.abc import Sequence

import htpy as h

from sentinel.core.candidate.preview import Preview
from sentinel.core.release.hotfix import can_change
from sentinel.core.release.model import Project
from sentinel.core.values.printable import printable
from sentinel.core.values.times import write_duration
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import Tone, chip, code, digest, facts, notes, prose, said, table
from sentinel.front.console.page import Page, Part, form_token
from sentinel.front.console.pages.project import blocking_gates, hotfix, project_tabs, reason_field

TYPES = ("patch", "minor", "major")
_OTHERS: Sequence[tuple[str, str, Tone]] = (("holds", "Pass", "good"), ("untried", "Not tried yet", "calm"))
"""The verdicts of gates that do not block."""


def plan_page(view: ProjectView, preview: Preview, chosen: str | None) -> Page:
    """`chosen` is the type that was asked for; None is the smallest that the changelog allows."""
    project = view.project
    return _page(
        project,
        Part("next", _next(project, preview, chosen), live=False),
        Part("gates", _gates(preview), live=False),
        Part("notes", h.div[h.h2["Notes"], notes(preview.notes)] if preview.notes else None, live=False),
        Part("commands", _commands(preview), live=False),
        Part(
            "asked",
            h.div[h.h2["When, and who decides"], h.p[prose(preview.window)], h.p[prose(preview.asked)]],
            live=False,
        ),
    )


def no_plan_page(view: ProjectView, what: str, fix: str) -> Page:
    return _page(view.project, Part("next", h.div[said(what), h.p(".fix")[prose(fix)]], live=False))


def _page(project: Project, *parts: Part) -> Page:
    return Page(
        title="The next release",
        parts=(*parts, Part("hotfix", _hotfix(project), live=False)),
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/plan",
    )


def _next(project: Project, preview: Preview, chosen: str | None) -> h.Node:
    blocked = preview.blocked
    ready = f"A {preview.type} release can be prepared."
    return h.div[
        h.div(".state")[
            chip("blocked", "bad") if blocked else chip("ready to prepare", "good"), _types(project, preview, chosen)
        ],
        h.div(".message")[said(blocked or ready)],
        h.p[prose(preview.reason)] if preview.reason else None,
        facts(
            ("Version", h.b[printable(preview.tag, limit=80)] if preview.tag else "none yet"),
            ("Commit", digest(preview.commit)),
            ("Changes", str(preview.changes) if preview.changes else None),
            ("Soak", write_duration(preview.soak)),
        ),
        h.ul(".plain")[(h.li[prose(sentence)] for sentence in preview.exceptions)] if preview.exceptions else None,
        h.p(".small")["Nothing was tagged, built or deployed for this page."],
    ]


def _types(project: Project, preview: Preview, chosen: str | None) -> h.Node:
    """The same page for another type; the one without is the smallest that the changelog allows."""
    path = f"/projects/{project.id}/plan"
    return h.nav(".types", aria_label="Type of the release")[
        (
            h.a({"href": f"{path}?type={one}", **({"aria-current": "page"} if one == preview.type else {})})[one]
            for one in TYPES
        ),
        h.a(href=path)["smallest allowed"] if chosen is not None else None,
    ]


def _gates(preview: Preview) -> h.Node:
    return h.div[
        h.h2["Gates"],
        blocking_gates(preview.blocked_by) if preview.blocked_by else None,
        (
            _named(word, tone, [one.gate for one in preview.gates if one.verdict == verdict])
            for verdict, word, tone in _OTHERS
        ),
    ]


def _named(word: str, tone: Tone, gates: Sequence[str]) -> h.Node:
    return h.div[h.h3[word], h.p(".chips")[(chip(gate, tone) for gate in gates)]] if gates else None


def _commands(preview: Preview) -> h.Node:
    rows = [(one.when, code(one.command, limit=300)) for one in preview.commands]
    return h.div[h.h2["What would run"], table(("When", "Command"), rows)]


def _hotfix(project: Project) -> h.Node:
    changeable = can_change(project)
    if project.hotfix is not None:
        return hotfix(project, changeable=changeable)
    allowed = project.pin.policy.hotfix if project.pin is not None else None
    if allowed is None or not changeable:
        return None
    return h.div(data_keep="hotfix")[
        h.h2["Hotfix"],
        h.p[
            f"Makes the next release urgent: a patch that soaks for {write_duration(allowed.soak)}. "
            "All other gates and checks still hold, and a finding asks for a review before the next minor release."
        ],
        h.form(".inline", method="post", action=f"/projects/{project.id}/hotfix/start")[
            form_token(),
            reason_field("hotfix-reason", "Reason, which stands in the question and in the history"),
            h.button(type="submit")["Start a hotfix"],
        ],
    ]
