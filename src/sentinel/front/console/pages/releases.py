"""Releases: all that there were, and one of them with everything that is known of it."""

from collections.abc import Mapping, Sequence

import htpy as h

from sentinel.core.release.contents import ReleaseCommit
from sentinel.core.release.model import Project
from sentinel.core.release.record import ApprovedBy, ReleaseRecord
from sentinel.core.values.printable import printable
from sentinel.engine.people.projects import ProjectView
from sentinel.engine.people.releases import ReleaseDetail
from sentinel.engine.people.status import VerificationView
from sentinel.front.console.elements import Tone, at, chip, code, digest, facts, folded, notes, prose, said, table
from sentinel.front.console.page import Page, Part
from sentinel.front.console.pages.project import project_tabs
from sentinel.front.console.pages.verification import plots_of

SHOWN = 10
"""Commits that are not folded away."""
_TONES: Mapping[str, Tone] = {
    "released": "good",
    "adopted": "calm",
    "open": "busy",
    "in production": "busy",
    "rolling back": "bad",
    "rolled back": "bad",
    "halted": "bad",
    "abandoned": "calm",
}


def releases_page(view: ProjectView, records: Sequence[ReleaseRecord]) -> Page:
    project = view.project
    rows = [_row(project, record) for record in records]
    heads = ("Version", "Result", "When", "Approved by", "Why")
    none = h.p["No release yet. One is listed here once its candidate is accepted."]
    return Page(
        title="Releases",
        parts=(Part("releases", table(heads, rows) if rows else none),),
        where=(("/", "Projects"), (f"/projects/{project.id}", project.name)),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/releases",
    )


def _row(project: Project, record: ReleaseRecord) -> Sequence[h.Node]:
    version = printable(record.version, limit=80)
    moment = record.verified_at or record.left_at or record.deployed_at or record.prepared_at
    return (
        h.a(href=f"/projects/{project.id}/releases/{version}")[version],
        chip(record.status, _TONES[record.status]),
        at(moment),
        _approvers(record.approved),
        printable(record.why.partition("\n")[0], limit=160),
    )


def _approvers(approved: ApprovedBy | None) -> str:
    if approved is None:
        return ""
    return printable(", ".join(approved.signers) or approved.by, limit=160)


def release_page(view: ProjectView, detail: ReleaseDetail, verification: VerificationView | None) -> Page:
    project, record = view.project, detail.release
    return Page(
        title=f"Release {record.tag}",
        parts=(
            Part("release", _head(project, record)),
            Part("notes", h.div[h.h2["Notes"], notes(record.notes)] if record.notes else None),
            Part("plots", h.div[h.h2["Verification"], plots_of(verification)] if verification is not None else None),
            Part("approval", _approval(record)),
            Part("changes", _changes(record)),
            Part("artifacts", _artifacts(record)),
            Part("timeline", _timeline(detail)),
        ),
        where=(
            ("/", "Projects"),
            (f"/projects/{project.id}", project.name),
            (f"/projects/{project.id}/releases", "Releases"),
        ),
        tabs=project_tabs(project),
        path=f"/projects/{project.id}/releases",
    )


def _head(project: Project, record: ReleaseRecord) -> h.Node:
    return h.div[
        h.div(".state")[chip(record.status, _TONES[record.status])],
        h.div(".message")[said(record.why)] if record.why else None,
        facts(
            ("Commit", digest(record.commit, shown=40)),
            ("Tree", digest(record.tree) if record.tree else None),
            ("Tag object", digest(record.tag_object) if record.tag_object else None),
            ("Policy", digest(record.policy) if record.policy else None),
            ("Changes", str(record.changes) if record.changes else None),
            ("Prepared", at(record.prepared_at)),
            ("Staging passed", at(record.staged_at) if record.staged_at else None),
            ("Deployed", at(record.deployed_at) if record.deployed_at else None),
            ("Verified", at(record.verified_at) if record.verified_at else None),
            ("Left", at(record.left_at) if record.left_at else None),
            ("Ended", at(record.ended_at) if record.ended_at else None),
        ),
        h.p[
            h.a(href=f"/projects/{project.id}/proof.tar", download=f"{project.id}.tar")["Download the proof"],
            h.span(".aside")[
                "The whole signed history, its tags and keys: ",
                h.code["sentinel audit verify"],
                " proves it anywhere.",
            ],
        ],
    ]


def _approval(record: ReleaseRecord) -> h.Node:
    approved = record.approved
    if approved is None:
        return None
    return h.div[
        h.h2["Approval"],
        facts(
            ("By", printable(approved.by, limit=120)),
            ("At", at(approved.at)),
            ("Where", approved.channel or None),
            ("Proof", approved.proof or None),
            ("Signed by", printable(", ".join(approved.signers), limit=300) or None),
            ("Proven", "yes" if approved.proven or approved.proof == "signature" else "no: a phrase proves no person"),
        ),
    ]


def _changes(record: ReleaseRecord) -> h.Node:
    tests, contents = record.tests, record.contents
    rows = [_commit(one) for one in contents.commits] if contents else []
    counted = f"{len(rows)} commit{'' if len(rows) == 1 else 's'}"
    listed = table(("Commit", "Subject", "Author", "When"), rows)
    return h.div[
        h.h2["Evidence"],
        facts(
            ("Tests", printable(tests.summary, limit=200) if tests else None),
            ("On", digest(tests.commit) if tests else None),
            ("Verification", printable(record.verified, limit=600) or None),
        ),
        folded(counted, listed, shown=len(rows) <= SHOWN) if rows else None,
    ]


def _commit(one: ReleaseCommit) -> Sequence[h.Node]:
    subject, author = printable(one.subject, limit=200), printable(one.author, limit=60)
    return digest(one.id), subject, author, at(one.at) if one.at else ""


def _artifacts(record: ReleaseRecord) -> h.Node:
    if not record.artifacts:
        return None
    rows = [(code(name), digest(sha256, shown=64)) for name, sha256 in sorted(record.artifacts.items())]
    return h.div[h.h2["Artifacts"], table(("File", "SHA-256"), rows)]


def _timeline(detail: ReleaseDetail) -> h.Node:
    rows = [
        (at(entry.at), printable(entry.actor, limit=80), prose(entry.summary.partition("\n")[0], limit=400))
        for entry in detail.entries
    ]
    return h.div[h.h2["Timeline"], table(("When", "Who", "What happened"), rows, events=True)]
