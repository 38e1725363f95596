"""Why a deployment in production failed is a value from the error to the audit entry, the notice and the status."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from sentinel.core.audit.chain import AuditDraft
from sentinel.core.release.change import Change
from sentinel.core.release.model import Project
from sentinel.core.release.notices import notice
from sentinel.core.release.states import ASKED, PDV_FAILURE, Cause, Event, State
from sentinel.core.tools.status import status_of
from sentinel.core.values.times import Instant
from sentinel.engine.operations.deployment import fail
from sentinel.engine.runtime.run import Failure, cause_of
from sentinel.errors import SentinelError
from sentinel.errors.command import UntrustedScriptsError
from sentinel.errors.git import MovedTagError
from sentinel.errors.release import InvariantBrokenError, ScriptFailedError, StepFailedError, VerificationFailedError
from sentinel.ports.store import Transaction
from sentinel.ports.world import World
from tests.core.projects import SOAKED, deployed, project

RULES: tuple[tuple[SentinelError, Cause], ...] = (
    (VerificationFailedError(reason="12 of 300 probes failed (4 %).", fix=""), Cause.VERIFICATION_FAILED),
    (StepFailedError(reason="Production is not healthy: it answers 500", fix=""), Cause.DEPLOYMENT_FAILED),
    (UntrustedScriptsError(commit="50cba25e0644"), Cause.DEPLOYMENT_FAILED),
    (MovedTagError(tag="v1.2.0"), Cause.TAMPERED),
    (ScriptFailedError(reason="The production command ended with exit code 1.", fix=""), Cause.SCRIPT_FAILED),
    (InvariantBrokenError(invariant="a verification ends in a verdict"), Cause.INTERNAL_FAULT),
)


@dataclass
class KeptTransaction:
    project: Project
    now: Instant = SOAKED
    entries: list[AuditDraft] = field(default_factory=list)

    def apply(self, change: Change) -> None:
        self.project = change.project
        self.entries += change.entries


class Ids:
    def new_id(self) -> str:
        return "back"


def failed(state: State, failure: Failure) -> tuple[Project, KeptTransaction]:
    before = project(state, lineage=(deployed("1.1.0"),))
    assert before.operation is not None
    tx = KeptTransaction(before)
    fail(cast(World, Ids()), cast(Transaction, tx), before.operation, failure)
    return before, tx


@pytest.mark.parametrize(("error", "cause"), RULES, ids=[error.rule() for error, _ in RULES])
def test_the_broken_rule_says_the_cause(error: SentinelError, cause: Cause) -> None:
    assert cause_of(error) is cause


@pytest.mark.requirement("P4.1-notification")
@pytest.mark.parametrize("cause", sorted(set(Cause) - {*ASKED, Cause.VERIFICATION_BLIND}))
@pytest.mark.parametrize("state", [State.DEPLOYING, State.VERIFYING])
def test_only_a_failed_verification_is_recorded_and_announced_as_one(state: State, cause: Cause) -> None:
    if state is State.DEPLOYING and cause is Cause.VERIFICATION_FAILED:
        return
    before, tx = failed(state, Failure("It is bad.", cause))
    (moved,) = [entry for entry in tx.entries if entry.kind == "transition"]
    told = notice(before, tx.project)
    lines = status_of(tx.project, SOAKED, trust="advisory").message.split("\n")
    assert told is not None
    verdict = cause is Cause.VERIFICATION_FAILED
    assert moved.data["on"] == (Event.VERIFICATION_FAILED if verdict else Event.DEPLOYMENT_FAILED)
    assert moved.data["cause"] == cause.value
    assert (told.title == PDV_FAILURE, lines[0] == PDV_FAILURE) == (verdict, verdict)
    assert PDV_FAILURE not in "\n".join((told.body, moved.summary, *lines[1:]))
    assert all("It is bad." in text for text in (told.body, moved.summary, "\n".join(lines)))
