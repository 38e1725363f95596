"""Every project document that the pure core can reach, found by trying every action in every one of them.

Documents are told apart by what decides (`Key`); of those that are alike the first one found stands for all. Time is
no part of a document: each action is tried right before and at the end of the soak, whatever was tried before.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from sentinel.core.release.change import Change
from sentinel.core.release.model import Approval, OperationKind, Project
from sentinel.core.release.states import State
from sentinel.core.values.times import Instant
from sentinel.errors import SentinelError
from tests.core.actions import ACTIONS, Action
from tests.core.projects import SOAK, SOAKED, fresh, instant

SOAKING = instant(SOAK - timedelta(seconds=1))
TIMES = (SOAKING, SOAKED)
LINEAGE_TOLD_APART = 3
"""From here on, one more archived release makes no difference: a rollback looks at the last two."""


class Key(NamedTuple):
    """What decides about a document."""

    state: State
    operation: OperationKind | None
    cancel: str | None
    staged: bool
    approval: str | None
    question: bool
    rollback: str | None
    lineage: int
    sprint: bool


def key_of(project: Project) -> Key:
    operation, plan = project.operation, project.rollback
    return Key(
        state=project.state,
        operation=operation.kind if operation else None,
        cancel=operation.cancel.then if operation and operation.cancel else None,
        staged=project.release is not None and project.release.staged is not None,
        approval=_approval(project.approval),
        question=project.rollback_approval is not None,
        rollback=None if plan is None else "with target" if plan.target else "without target",
        lineage=min(len(project.lineage), LINEAGE_TOLD_APART),
        sprint=project.sprint is not None,
    )


def _approval(approval: Approval | None) -> str | None:
    return None if approval is None else "claimed" if approval.claim else "open"


@dataclass(frozen=True, slots=True)
class Edge:
    """An action that the core made."""

    before: Project
    action: Action
    at: Instant
    change: Change

    @property
    def after(self) -> Project:
        return self.change.project


@dataclass(frozen=True, slots=True)
class Refusal:
    """An action that the core refused."""

    before: Project
    action: Action
    at: Instant
    error: SentinelError


@dataclass(frozen=True, slots=True)
class Exploration:
    documents: dict[Key, Project]
    edges: tuple[Edge, ...]
    refusals: tuple[Refusal, ...]

    def edges_from(self, key: Key) -> Iterator[Edge]:
        """A document's own edges; `edges` are in the order of their documents."""
        return (edge for edge in self.edges if edge.before is self.documents[key])

    def entering(self, state: State) -> Iterator[Edge]:
        """The edges that enter `state` from another one."""
        return (edge for edge in self.edges if edge.after.state is state and edge.before.state is not state)

    def leading_to(self, goals: set[Key], edges: Iterator[Edge]) -> set[Key]:
        """The documents from which `edges` lead to one of `goals`."""
        sources: dict[Key, set[Key]] = {}
        for edge in edges:
            sources.setdefault(key_of(edge.after), set()).add(key_of(edge.before))
        found, open_keys = set(goals), deque(goals)
        while open_keys:
            for source in sources.get(open_keys.popleft(), set()) - found:
                found.add(source)
                open_keys.append(source)
        return found


def explore() -> Exploration:
    """From a project that was never released; any exception that is no refusal of Sentinel's ends it."""
    start = fresh()
    documents = {key_of(start): start}
    edges: list[Edge] = []
    refusals: list[Refusal] = []
    unseen = deque([start])
    while unseen:
        before = unseen.popleft()
        for found in tries(before):
            if isinstance(found, Refusal):
                refusals.append(found)
                continue
            edges.append(found)
            if documents.setdefault(key_of(found.after), found.after) is found.after:
                unseen.append(found.after)
    return Exploration(documents, tuple(edges), tuple(refusals))


def tries(before: Project) -> Iterator[Edge | Refusal]:
    """Every action at every time."""
    for action in ACTIONS:
        for at in TIMES:
            try:
                yield Edge(before, action, at, action.act(before, at))
            except SentinelError as error:
                yield Refusal(before, action, at, error)
