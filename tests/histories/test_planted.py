"""Histories find what is wrong: each of these is an engine with one rule taken out."""

from pathlib import Path
from typing import Any

import pytest

from sentinel.core.candidate import gates
from sentinel.core.candidate.gates import Facts, Verdict
from sentinel.core.release.holding import require_no_hold
from sentinel.core.release.model import Soak
from sentinel.engine.operations import deployment
from sentinel.engine.operations.rollback import begin_rollback
from sentinel.engine.runtime import transactions
from sentinel.engine.runtime.reconciler import Reconciler
from sentinel.ports.store import Transaction
from sentinel.ports.world import World
from tests.histories.history import run_history

HISTORIES = 40


def first_fault(template: Path, seed: int = 1) -> str:
    """Of the first history from `seed` on that has one."""
    reports = (run_history(each, template) for each in range(seed, seed + HISTORIES))
    return next((report.faults[0] for report in reports if report.faults), "")


async def _nothing(*_arguments: Any, **_named: Any) -> None: ...


def test_a_soak_that_is_always_over_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Soak, "is_over", lambda _soak, _now: True)
    assert "too early" in first_fault(template)


def test_a_phrase_that_is_never_compared_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentinel.engine.approvals.secrets.compare_digest", lambda _found, _wanted: True)
    assert "nobody approved" in first_fault(template, 6)


def test_checks_that_are_not_made_again_after_the_approval_are_found(
    template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "check_release", _nothing)
    assert "the tag was not verified" in first_fault(template)


def test_a_notice_that_is_not_stored_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "notice", lambda _before, _after: None)
    assert "nobody is told" in first_fault(template)


def test_a_reconciler_that_does_not_look_again_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Reconciler, "_periodically", _nothing)
    assert "still runs" in first_fault(template, 14)


def test_a_window_that_never_closes_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sentinel.core.release.holding.closed", lambda _windows, _at: None)
    assert "production was closed" in first_fault(template, 12)


def test_a_rollback_that_waits_for_the_end_of_a_hold_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def begin_unless_held(world: World, tx: Transaction, reason: str, *, actor: str) -> str:
        require_no_hold(tx.project)
        return begin_rollback(world, tx, reason, actor=actor)

    for module in ("agents", "people.production"):
        monkeypatch.setattr(f"sentinel.engine.{module}.begin_rollback", begin_unless_held)
    assert "during a hold nothing starts but a rollback" in first_fault(template, 29)


def test_a_hotfix_that_needs_no_tests_is_found(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tests_gate = gates.tests_gate

    def gate(facts: Facts) -> Verdict:
        return Verdict("tests") if facts.hotfix is not None else tests_gate(facts)

    monkeypatch.setattr(gates, "tests_gate", gate)
    assert "no tests have passed" in first_fault(template, 3)
