"""Long random lives of a project, many releases long: what exploration, which forgets the past, cannot see."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from sentinel.core.audit.chain import AuditEntry, AuditHead, seal, verify_chain
from sentinel.core.release.invariants import broken_invariant
from sentinel.core.release.lifecycle import LINEAGE_KEPT, OUTCOMES_KEPT
from sentinel.core.release.model import Project
from sentinel.core.release.states import State
from sentinel.core.tools.catalog import Tool, access
from sentinel.core.values.times import Instant
from sentinel.errors import SentinelError
from tests.core.actions import ACTIONS, Action
from tests.core.exploration import TIMES, Edge
from tests.core.projects import SOAKED, fresh

NAMED = {action.name: action for action in ACTIONS}
FORWARD = (
    "start sprint",
    "begin prepare",
    "accept candidate",
    "begin promotion",
    "start staging",
    "staging passed",
    "request approval",
    "claim approval",
    "start deployment",
    "deployment passed",
    "verification passed",
    "close release",
    "rollback passed",
    "resolve to what was left",
)
FAILURES = tuple(action for action in ACTIONS if action.failure)
ONWARD = (*(NAMED[name] for name in FORWARD), *FAILURES, *ACTIONS)
"""What leads a release on; where nothing does, because the operation is to end, what ends it."""
WRONG = (*FAILURES, *ONWARD)
"""What goes wrong, where something runs."""


def meant(byte: int) -> tuple[Sequence[Action], Instant]:
    """A third of the bytes are each an action of its own at a time of its own; the others lead on, or go wrong."""
    number, time = divmod(byte, len(TIMES))
    if number < len(ACTIONS):
        return (ACTIONS[number],), TIMES[time]
    return (WRONG if byte % 8 == 0 else ONWARD), SOAKED


@dataclass
class Life:
    """A project as the store would keep it, with its history and what must never happen twice."""

    project: Project = field(default_factory=fresh)
    head: AuditHead = field(default_factory=AuditHead)
    entries: list[AuditEntry] = field(default_factory=list)
    claims: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)
    fences: list[int] = field(default_factory=list)
    changes: int = 0

    def live(self, byte: int) -> None:
        """The first of the actions that `byte` stands for which the core makes; a single one may be refused."""
        actions, at = meant(byte)
        for action in actions:
            try:
                edge = Edge(self.project, action, at, action.act(self.project, at))
            except SentinelError:
                continue
            self._store(edge)
            return
        assert len(actions) == 1, f"nothing leads on from {self.project.state}"

    def _store(self, edge: Edge) -> None:
        self.changes += 1
        self._remember(edge)
        for draft in edge.change.entries:
            entry = seal(draft, project=self.project.id, head=self.head, at=edge.at.wall)
            self.head = AuditHead(sequence=entry.sequence, digest=entry.digest)
            self.entries.append(entry)
        self.project = edge.after

    def _remember(self, edge: Edge) -> None:
        before, after = edge.before, edge.after
        if edge.action.name == "claim approval" and after.approval is not None:
            self.claims.append(after.approval.id)
        if edge.action.name == "start deployment" and after.approval is not None:
            self.used.append(after.approval.id)
        if after.operation is not None and (before.operation is None or after.operation.id != before.operation.id):
            self.fences.append(after.operation.fence)


@settings(max_examples=40)
@given(steps=st.binary(min_size=30, max_size=150))
def test_a_life_of_many_releases_never_breaks_a_promise(steps: bytes) -> None:
    life = Life()
    for byte in steps:
        life.live(byte)
        project = life.project
        assert broken_invariant(project) is None
        assert len({deployed.tag for deployed in project.lineage}) == len(project.lineage) <= LINEAGE_KEPT
        assert len(project.outcomes) <= OUTCOMES_KEPT
        assert project.state is State.SOAKING or access(project, SOAKED, Tool.DEPLOY, "production").lock is not None
        assert project.approval is None or project.approval.claim is None or project.approval.id in life.claims
    assert len(set(life.used)) == len(life.used), "an approval lets one deployment into production at most"
    assert set(life.used) <= set(life.claims), "nothing enters production without a claimed approval"
    assert life.fences == sorted(set(life.fences)), "a fencing number is never used again"
    assert verify_chain(life.entries, life.head) is None
    assert len(life.entries) == life.changes, "no change is without its audit entry"
    assert Project.model_validate_json(life.project.model_dump_json()) == life.project
