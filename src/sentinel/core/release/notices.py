"""The notification that a change of a project sends, whoever caused the change."""

import re
from dataclasses import dataclass, field

from sentinel.core.release.holding import UNHOLD, held_sentence
from sentinel.core.release.model import Project, RollbackPlan
from sentinel.core.release.rollback import why_left
from sentinel.core.release.states import ASKED, PDV_FAILURE, Cause, State
from sentinel.core.values.free_text import FreeText


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification for people's services.

    They turn text into links and mentions, so nothing in it may look like one: parts of it come from agents, scripts
    and repositories. `link` is a page of the console, where people answer; a service never gets a button that decides.
    """

    title: FreeText
    body: FreeText
    link: str = field(default="", kw_only=True)

    def plain(self, console: str | None = None) -> "Notice":
        """The notice as it is sent, with the address of its page if the `console` has one."""
        body = _plain(self.body)
        page = f"\n\n{console}{self.link}" if console is not None and self.link else ""
        return Notice(_plain(self.title), f"{body}{page}")


_MARKED = re.compile(r"@|://|(?<![\w.])www\.|\]\(|<|mailto:", re.IGNORECASE)


def _plain(text: str) -> str:
    """The text with a blank inside everything that looks like a link or a mention."""
    return _MARKED.sub(lambda match: "] (" if match[0] == "](" else f"{match[0]} ", text)


@dataclass(frozen=True, slots=True)
class StoredNotice(Notice):
    """A notice that is not sent yet, with its position in the store."""

    position: int


def question_page(project_id: str) -> str:
    """Where the console shows the open question of a project."""
    return f"/projects/{project_id}/question"


def notice(before: Project, after: Project) -> Notice | None:
    """The notice that the change from `before` to `after` requires, if any."""
    if (about_people := _of_the_line(before, after) or _of_a_question(before, after)) is not None:
        return about_people
    if before.state is after.state:
        return None
    if after.state is State.ROLLING_BACK and after.rollback is not None:
        return Notice(_rollback_title(after.name, after.rollback), _rollback_body(after.name, after.rollback))
    last = after.outcomes[-1].message if after.outcomes else ""
    if after.state is State.HALTED:
        return Notice(f"{after.name}: HALTED, a person must look at production", after.history_fault or last)
    done = _DONE.get(before.state)
    return Notice(f"{after.name}: {done}", last) if done else None


def _of_the_line(before: Project, after: Project) -> Notice | None:
    if after.hold is not None and before.hold is None:
        return Notice(f"{after.name}: releases are on hold", f"{held_sentence(after.hold)} {UNHOLD}")
    if before.hold is not None and after.hold is None:
        return Notice(
            f"{after.name}: the hold has ended", f"{before.hold.by} had put releases on hold: {before.hold.reason}"
        )
    return None


def _of_a_question(before: Project, after: Project) -> Notice | None:
    page = question_page(after.id)
    asked, earlier = after.rollback_approval, before.rollback_approval
    if asked is not None and (earlier is None or asked.id != earlier.id):
        return Notice(f"{after.name}: a rollback waits for approval", asked.text, link=page)
    if _was_reopened(before, after):
        title = f"{after.name}: a deployment waits for approval again"
        return Notice(title, after.outcomes[-1].message, link=page)
    asked, earlier = after.approval, before.approval
    if asked is not None and (earlier is None or asked.id != earlier.id):
        return Notice(f"{after.name}: a deployment waits for approval", asked.text, link=page)
    return None


def _was_reopened(before: Project, after: Project) -> bool:
    """Whether a claim was taken back, so that the same question is open again."""
    earlier, now = before.approval, after.approval
    if earlier is None or now is None:
        return False
    return earlier.claim is not None and now.claim is None


_DONE = {State.ARCHIVED: "released", State.ROLLING_BACK: "rolled back"}
"""What leaving these states means when it went well."""


def _rollback_title(name: str, plan: RollbackPlan) -> str:
    """A repeated attempt is never automatic."""
    automatic = plan.again is None and plan.cause not in ASKED
    if automatic and plan.cause is Cause.VERIFICATION_FAILED:
        return PDV_FAILURE
    return f"{name}: {'automatic rollback' if automatic else 'rollback'} started"


def _rollback_body(name: str, plan: RollbackPlan) -> str:
    if plan.target is None:
        return f"{name} stays as {plan.leaving.tag} left it, since there is nothing to go back to: {why_left(plan)}"
    return f"{name} goes back from {plan.leaving.tag} to {plan.target.tag}: {why_left(plan)}"
