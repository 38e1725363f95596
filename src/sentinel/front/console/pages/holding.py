"""What keeps a release back though its gates hold, and the form with which a person lets it go on."""

import htpy as h

from sentinel.core.release.model import Project, Release
from sentinel.core.values.printable import printable
from sentinel.engine.people.projects import ProjectView
from sentinel.front.console.elements import at, chip, prose, until
from sentinel.front.console.page import form_token


def held(project: Project) -> h.Node:
    """Who holds releases, and why; the form carries that reason, so that no other hold is ended with it."""
    hold = project.hold
    if hold is None:
        return None
    return h.div(data_keep=hold.reason)[
        h.div(".state")[chip("Held", "wait"), h.span["By ", printable(hold.by, limit=80), ", since ", at(hold.at)]],
        h.div(".message")[h.p[printable(hold.reason, limit=600)]],
        h.p["Nothing but a rollback starts until a person ends the hold."],
        h.form(method="post", action=f"/projects/{project.id}/unhold")[
            form_token(),
            h.input(type="hidden", name="reason", value=hold.reason),
            h.button(type="submit")["End the hold"],
        ],
    ]


def hold_form(project: Project) -> h.Node:
    if project.hold is not None:
        return None
    return h.details(data_name="hold", data_keep="hold")[
        h.summary["Hold releases"],
        h.form(".inline", method="post", action=f"/projects/{project.id}/hold")[
            form_token(),
            reason_field("hold-reason", "Reason, which the agent is told"),
            h.button(type="submit")["Hold"],
        ],
        h.p(".small")["Nothing but a rollback starts until a person ends the hold. What runs is not interrupted."],
    ]


def window(view: ProjectView) -> h.Node:
    """The window that is closed for the candidate, and a person's way outside of it."""
    project, closed = view.project, view.closed
    if closed is None or project.release is None:
        return None
    opens = closed.opens_at
    return h.div(data_keep=project.release.id)[
        h.div(".state")[chip("Window closed", "wait"), h.span["Opens in ", until(opens)] if opens else None],
        h.div(".message")[h.p[f"{printable(closed.why, limit=600)}."]],
        h.p["It opens next ", at(opens), "."] if opens else h.p["No opening is in sight."],
        _waive(project, project.release),
    ]


def _waive(project: Project, release: Release) -> h.Node:
    tag = printable(release.tag, limit=80)
    return h.details(data_name="waive")[
        h.summary["Deploy outside of the window"],
        h.p[
            prose(
                "All other checks still hold, and a person must still approve. "
                "The reason becomes part of the signed plan, so an open question is asked anew."
            )
        ],
        h.form(".inline", method="post", action=f"/projects/{project.id}/window/waive")[
            form_token(),
            h.input(type="hidden", name="release_id", value=release.id),
            reason_field("waive-reason", f"Reason why {tag} cannot wait"),
            h.button(".danger", type="submit")[f"Allow {tag} outside of the window"],
        ],
    ]


def hotfix(project: Project, *, changeable: bool) -> h.Node:
    """That the next release is a hotfix, and why."""
    opened = project.hotfix
    if opened is None:
        return None
    end = h.form(method="post", action=f"/projects/{project.id}/hotfix/end")[
        form_token(), h.button(".danger", type="submit")["End the hotfix"]
    ]
    return h.div(data_keep=opened.reason)[
        h.div(".state")[
            chip("Hotfix", "wait"), h.span["Opened by ", printable(opened.by, limit=80), ", ", at(opened.at)]
        ],
        h.div(".message")[h.p[printable(opened.reason, limit=600)]],
        h.p["The next release is a patch with a short soak. All other gates and checks still hold."],
        end if changeable else None,
    ]


def reason_field(name: str, label: str) -> h.Node:
    """`name` is the field's id on the page."""
    return (
        h.label(for_=name)[label],
        h.input(id=name, name="reason", type="text", required=True, maxlength="500", autocomplete="off"),
    )
