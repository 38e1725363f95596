"""The question: all that belongs to the decision, and where a person answers."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import htpy as h

from sentinel.core.approval.content import Finding, QuestionContent, ShownCommand, ShownScript
from sentinel.core.release.contents import ChangedFile, ReleaseCommit
from sentinel.core.release.model import Project
from sentinel.core.values.printable import printable
from sentinel.core.values.times import write_duration
from sentinel.engine.approvals import Question
from sentinel.engine.people.passkeys import PasskeyUse
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import (
    Tone,
    at,
    chip,
    code,
    confirmed,
    digest,
    facts,
    folded,
    notes,
    prose,
    said,
    since,
    table,
    until,
)
from sentinel.front.console.page import Page, Part, form_token
from sentinel.front.console.pages.project import held, project_tabs, window
from sentinel.front.console.pages.sessions import asking_passkey

SHOWN = 10
"""Commits and files that are not folded away."""


def question_page(view: ProjectView, question: Question, passkeys: PasskeyUse | None) -> Page:
    """`passkeys` is what approvers may sign with, where the policy names any."""
    project, content = view.project, question.content
    return _page(
        project,
        (
            Part("asked", _asked(question)),
            Part("answer", _answer(project, question, passkeys)),
            Part("held", held(project)),
            Part("window", window(view) if content.kind == "deployment" else None),
            Part("exceptions", _warning("Exceptions for this release", content.exceptions)),
            Part("unchecked", _warning("Not checked", content.unchecked)),
            Part("changes", _changes(content)),
            Part("evidence", _evidence(content)),
            Part("scripts", _scripts(content)),
            Part("findings", _findings(content)),
            Part("policy", _policy(content)),
        ),
    )


def no_question_page(view: ProjectView, what: str, fix: str) -> Page:
    """What is said where nothing can be answered."""
    project = view.project
    back = h.p[h.a(href=f"/projects/{project.id}")["See where the release is"]]
    return _page(project, (Part("asked", h.div[said(what), h.p(".fix")[prose(fix)], back]),))


def _page(project: Project, parts: tuple[Part, ...]) -> Page:
    return Page(
        title="The question",
        parts=parts,
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/question",
        layout="decision",
    )


def _asked(question: Question) -> h.Node:
    content = question.content
    running = content.running
    word = "deployment" if content.kind == "deployment" else "rollback"
    return h.div[
        h.div(".state")[
            chip(f"A {word} waits for your answer", "wait"), h.span["Expires in ", until(content.expires_at)]
        ],
        facts(
            ("Project", printable(question.name, limit=80)),
            ("To be deployed" if content.kind == "deployment" else "Goes back to", h.b[printable(content.target)]),
            ("Commit", digest(content.commit, shown=40) if content.commit else None),
            (
                "Runs now",
                _running_now(running.tag, running.since) if running else "nothing that Sentinel released",
            ),
            ("Production", h.span[printable(content.production_url)] if content.production_url else None),
            ("Asked by", printable(content.asked_by, limit=120) or None),
            ("Asked", [at(content.asked_at)]),
            ("Reason", printable(content.reason, limit=600) or None),
            ("Approvals", _signatures(question)),
        ),
    ]


def _running_now(tag: str, moment: datetime) -> h.Node:
    return h.span[h.b[printable(tag)], " for ", since(moment)]


def _signatures(question: Question) -> str | None:
    if question.approvers is None:
        return None
    signed = f", signed by {', '.join(map(printable, question.signed))}" if question.signed else ""
    return f"{len(question.signed)} of {question.required}{signed}"


# The answer


def _answer(project: Project, question: Question, passkeys: PasskeyUse | None) -> h.Node:
    base = f"/projects/{project.id}/question"
    return h.div(".answer", data_keep=f"{question.approval_id} {len(question.signed)}")[
        confirmed(question.text, question.phrase),
        _approve(base, question, passkeys),
        h.form(method="post", action=f"{base}/reject")[
            _named(question),
            h.label(for_="reason")["Reason, which the agent is told"],
            h.input(id="reason", name="reason", type="text", maxlength="500", autocomplete="off"),
            h.button(".danger", type="submit")["Reject"],
        ],
        h.noscript[h.p["Deciding requires JavaScript; reading does not."]],
    ]


def _approve(base: str, question: Question, passkeys: PasskeyUse | None) -> h.Node:
    if "console" not in question.channels:
        return h.p["The policy takes no approval from the console, but by: ", ", ".join(question.channels), "."]
    if question.approvers is None:
        return h.form(method="post", action=f"{base}/approve")[_named(question), _phrase(question), _button("Approve")]
    if passkeys is None or not passkeys.credentials:
        return h.p(".fix")[
            prose(
                "The policy asks for signatures, and its approvers have no passkey of this console. "
                "Run `sentinel approve` in a terminal with an SSH key, or add a passkey."
            )
        ]
    return h.form(method="post", action=f"{base}/sign", **asking_passkey(passkeys))[
        _named(question), _phrase(question), _button("Approve with a passkey")
    ]


def _phrase(question: Question) -> h.Node:
    return (
        h.label(for_="phrase")["Type ", h.code[question.phrase], " to approve"],
        h.input(
            id="phrase",
            name="phrase",
            type="text",
            required=True,
            pattern=question.phrase,
            title=f"Exactly {question.phrase}",
            autocomplete="off",
            autocapitalize="characters",
            spellcheck="false",
        ),
    )


def _button(word: str) -> h.Element:
    return h.button(type="submit")[word]


def _named(question: Question) -> h.Node:
    return (
        form_token(),
        h.input(type="hidden", name="approval_id", value=question.approval_id),
        h.input(type="hidden", name="plan_digest", value=question.plan_digest),
    )


# What it is decided on


def _warning(title: str, sentences: tuple[str, ...]) -> h.Node:
    if not sentences:
        return None
    return h.div[h.h2[chip(title, "wait")], h.ul(".plain")[(h.li[prose(sentence)] for sentence in sentences)]]


def _changes(content: QuestionContent) -> h.Node:
    if content.kind != "deployment":
        return None
    more = content.commit_count - len(content.commits)
    counted = f"{content.commit_count} commit{'' if content.commit_count == 1 else 's'}"
    return h.div[
        h.h2["What changes", h.span(".aside")[str(content.changes)] if content.changes else None],
        notes(content.notes) if content.notes else None,
        _table(counted, ("Commit", "Subject", "Author"), [_commit(commit) for commit in content.commits]),
        h.p(".small")[f"and {more} earlier ones"] if more > 0 else None,
        _table("The largest changed files", ("File", "Added", "Removed"), [_file(file) for file in content.files]),
    ]


def _table(title: str, heads: tuple[str, ...], rows: Sequence[Sequence[h.Node]]) -> h.Node:
    return folded(title, table(heads, rows), shown=len(rows) <= SHOWN) if rows else None


def _commit(commit: ReleaseCommit) -> Sequence[h.Node]:
    return digest(commit.id), printable(commit.subject, limit=200), printable(commit.author, limit=60)


def _file(file: ChangedFile) -> Sequence[h.Node]:
    """A binary one has no lines."""
    if file.insertions is None or file.deletions is None:
        return code(file.path, limit=300), "binary", ""
    return code(file.path, limit=300), f"+{file.insertions}", f"\u2212{file.deletions}"


def _evidence(content: QuestionContent) -> h.Node:
    tests, staging = content.tests, content.staging
    files = [(code(file.name, limit=200), digest(file.sha256, shown=16)) for file in content.artifacts]
    return h.div[
        h.h2["Evidence"],
        h.h3["Tests ", chip("passed" if tests.passed else "failed", "good" if tests.passed else "bad")]
        if tests
        else None,
        facts(
            ("Ended", [since(tests.ended_at), " ago"]),
            ("Took", f"{tests.seconds:.0f} s" if tests.seconds is not None else None),
            ("On", digest(tests.commit)),
            ("Tree", "this very tree" if tests.same_tree else "a tree that differs in nothing that tests depend on"),
        )
        if tests
        else None,
        h.h3["Staging ", chip("healthy", "good")] if staging else None,
        facts(
            ("Healthy for", since(staging.healthy_since)),
            ("Soak", write_duration(staging.soak)),
            ("Address", printable(staging.url)),
            ("Smoke", printable(staging.smoke, limit=300) or None),
        )
        if staging
        else None,
        h.h3[f"{len(files)} artifact{'' if len(files) == 1 else 's'}"] if files else None,
        table(("File", "SHA-256"), files) if files else None,
    ]


def _scripts(content: QuestionContent) -> h.Node:
    return h.div[
        h.h2["What runs"],
        h.ul(".plain")[map(_command, content.commands)],
        h.h3["Afterwards"],
        h.ul(".plain")[_afterwards(content)],
    ]


def _command(command: ShownCommand) -> h.Node:
    when = "if it fails" if command.on_failure else command.name
    return h.li[
        h.span(".aside")[when],
        " ",
        code(command.command, limit=400),
        h.ul(".scripts")[map(_script, command.scripts)] if command.scripts else None,
    ]


def _script(script: ShownScript) -> h.Element:
    return h.li[code(script.path, limit=200), digest(script.sha256), _changed(script.changed)]


def _changed(changed: bool | None) -> h.Node:  # noqa: FBT001 - the value's own
    if changed is None:
        return h.span(".aside")["not known whether it changed"]
    return chip("changed", "wait") if changed else h.span(".aside")["as before"]


def _afterwards(content: QuestionContent) -> Iterator[h.Node]:
    watched = content.watched
    if watched is not None:
        yield h.li[
            f"Production is watched for {write_duration(watched.window)}: "
            f"at most {100 * watched.error_rate:g} % errors, answers within {write_duration(watched.latency)}."
        ]
    for sentence in content.on_failure:
        yield h.li[prose(sentence)]


def _findings(content: QuestionContent) -> h.Node:
    if not content.findings:
        return None
    return h.div[
        h.h2["Findings of this sprint", h.span(".aside")[f"{content.open_findings} open"]],
        h.ul(".plain")[map(_finding, content.findings)],
    ]


def _finding(finding: Finding) -> h.Node:
    open_one = not finding.resolved_by
    return h.li[
        chip(f"{finding.severity.value}, open" if open_one else "resolved", _tone(finding)),
        " ",
        code(finding.rule),
        " ",
        printable(finding.message, limit=600),
        None if open_one else h.span(".aside")[f"by {printable(finding.resolved_by)}: {printable(finding.reason)}"],
    ]


def _tone(finding: Finding) -> Tone:
    if finding.resolved_by:
        return "good"
    return "bad" if finding.severity == "high" else "wait"


def _policy(content: QuestionContent) -> h.Node:
    changes = content.policy_changes
    if content.kind != "deployment" or changes is None:
        return None
    if not changes:
        return h.div[h.h2["The policy"], h.p["It is as it was for the release that production runs."]]
    rows = [(code(one.key), code(one.before or "not set"), code(one.after or "not set")) for one in changes]
    return h.div[h.h2["The policy's changes"], table(("Key", "Before", "Now"), rows)]
