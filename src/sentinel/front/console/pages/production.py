"""A person takes production back, or says what it runs: on a halted project, and whenever production is not good."""

from collections.abc import Sequence

import htpy as h

from sentinel.core.approval.question import ROLLBACK_PHRASE
from sentinel.core.release.model import Project
from sentinel.core.release.states import State
from sentinel.core.values.printable import printable
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import chip, confirmed, prose, said
from sentinel.front.console.page import Page, Part, form_token
from sentinel.front.console.pages.project import production_facts, project_tabs
from sentinel.front.console.pages.projects import sentence_of


def production_page(view: ProjectView, text: str | None, refusal: Sequence[str]) -> Page:
    """`text` is what a person confirms before a rollback; None where there is nothing to go back to (`refusal`)."""
    project = view.project
    halted = project.state is State.HALTED
    return Page(
        title="Production",
        parts=(
            *((Part("halted", _halted(view)),) if halted else ()),
            Part("runs", h.div[production_facts(view)]),
            Part("back", _back(project, text, refusal)),
            *((Part("resolve", _resolve(project)),) if halted else ()),
        ),
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/production",
    )


def _halted(view: ProjectView) -> h.Node:
    project = view.project
    url = project.pin.policy.production.url if project.pin is not None else ""
    return h.div[
        h.div(".state")[chip("HALTED", "bad"), h.span["A person must look at production."]],
        h.div(".message")[said(sentence_of(view))],
        h.h2["What to look at"],
        h.ol(".steps")[
            h.li["What production answers now: ", h.code[printable(url, limit=300)]],
            h.li[h.a(href=f"/projects/{project.id}/verification")["What the verification measured"]],
            h.li[h.a(href=f"/projects/{project.id}/history")["What happened before"]],
            h.li[prose("What the script printed: `sentinel logs`")],
        ],
        h.p["Then take production back, or repair it by hand and say below what it runs."],
    ]


def _back(project: Project, text: str | None, refusal: Sequence[str]) -> h.Node:
    if text is None:
        return h.div[h.h2["Take production back"], [h.p[prose(sentence)] for sentence in refusal]]
    return h.div(data_keep=text)[
        h.h2["Take production back"],
        confirmed(text, ROLLBACK_PHRASE),
        h.form(method="post", action=f"/projects/{project.id}/rollback")[
            form_token(),
            h.input(type="hidden", name="text", value=text),
            h.label(for_="why")["Reason, which is recorded"],
            h.input(id="why", name="reason", type="text", required=True, maxlength="500", autocomplete="off"),
            h.label(for_="phrase")["Type ", h.code[ROLLBACK_PHRASE], " to confirm"],
            h.input(
                id="phrase",
                name="phrase",
                type="text",
                required=True,
                pattern=ROLLBACK_PHRASE,
                autocomplete="off",
                autocapitalize="characters",
                spellcheck="false",
            ),
            h.button(".danger", type="submit")["Roll back"],
        ],
    ]


def _resolve(project: Project) -> h.Node:
    versions = dict.fromkeys(deployed.version for deployed in reversed(project.lineage))
    plan = project.rollback
    if plan is not None:
        versions = {plan.leaving.version: None, **versions}
    return h.div(data_keep="resolve")[
        h.h2["Say what production runs"],
        h.p["Sentinel records your answer and continues from it. It does not touch production."],
        h.form(method="post", action=f"/projects/{project.id}/resolve")[
            form_token(),
            h.fieldset[
                h.legend["Production runs"],
                [_choice(version, printable(version, limit=80)) for version in versions],
                _choice("", "nothing that Sentinel released"),
            ],
            h.button(type="submit")["Resolve"],
        ],
    ]


def _choice(value: str, word: str) -> h.Element:
    return h.label(".choice")[h.input(type="radio", name="production", value=value or "none", required=True), word]
