"""The question: what a person is asked, and where they answer."""

from datetime import timedelta

import htpy as h

from sentinel.core.candidate.release_notes import shorten
from sentinel.core.release.model import Project
from sentinel.core.values.printable import printable
from sentinel.engine.approvals import Question
from sentinel.engine.people.overview import ProjectView
from sentinel.front.console.elements import chip, digest, facts, said, until
from sentinel.front.console.page import Page, Part, form_token
from sentinel.front.console.pages.project import project_tabs

NOTES_SHOWN = 8000


def question_page(view: ProjectView, question: Question | None, refusal: str = "") -> Page:
    """`refusal` says why there is no question to answer."""
    project = view.project
    parts = (
        (Part("question", _question(view, question)), Part("answer", _answer(project, question)))
        if question is not None
        else (Part("question", h.p[refusal]), Part("answer", _elsewhere(project)))
    )
    return Page(
        title="The question",
        parts=parts,
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/question",
    )


def _elsewhere(project: Project) -> h.Element:
    return h.p[h.a(href=f"/projects/{project.id}")["See where the release is"]]


def _question(view: ProjectView, question: Question) -> h.Node:
    expires = view.now.wall + timedelta(seconds=question.expires_in_seconds)
    signed = ", ".join(question.signed)
    return h.div[
        h.div(".state")[
            chip(f"A {question.kind} waits for approval", "wait"), h.span["Expires in ", until(expires, view.now.wall)]
        ],
        facts(
            ("Project", f"{printable(question.name)} ({question.project})"),
            ("Commit", digest(question.commit, shown=40)),
            ("Approvals", f"{len(question.signed)} of {question.required}" if question.approvers else None),
            ("Signed by", printable(signed, limit=300)),
        ),
        h.ul(".remarks")[(h.li[chip("Not checked", "wait"), printable(remark)] for remark in question.remarks)]
        if question.remarks
        else None,
        h.div(".notes")[h.h2["What it changes"], said(shorten(question.notes, limit=NOTES_SHOWN), limit=NOTES_SHOWN)]
        if question.notes
        else None,
    ]


def _answer(project: Project, question: Question) -> h.Node:
    base = f"/projects/{project.id}/question"
    return h.div(".answer", data_keep=question.approval_id)[
        h.pre(".defcon")[question.text],
        h.form(method="post", action=f"{base}/approve")[
            _named(question),
            h.label(for_="phrase")["Type ", h.code[question.phrase], " to approve"],
            h.input(
                id="phrase",
                name="phrase",
                type="text",
                required=True,
                autocomplete="off",
                autocapitalize="characters",
                spellcheck="false",
            ),
            h.button(type="submit")["Approve"],
        ]
        if "console" in question.channels
        else h.p["The policy does not accept approvals by the console: ", ", ".join(question.channels), "."],
        h.form(method="post", action=f"{base}/reject")[
            _named(question),
            h.label(for_="reason")["Reason, which the agent is told"],
            h.input(id="reason", name="reason", type="text", maxlength="500", autocomplete="off"),
            h.button(".danger", type="submit")["Reject"],
        ],
        h.noscript[h.p["Deciding requires JavaScript; reading does not."]],
    ]


def _named(question: Question) -> h.Node:
    return (
        form_token(),
        h.input(type="hidden", name="approval_id", value=question.approval_id),
        h.input(type="hidden", name="plan_digest", value=question.plan_digest),
    )
