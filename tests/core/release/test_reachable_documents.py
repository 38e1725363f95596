"""Every document that the core can reach: each holds the invariants of the protocol, and each change is audited."""

from itertools import chain

from sentinel.core.approval.question import check_claimable
from sentinel.core.release.invariants import broken_invariant
from sentinel.core.release.model import Project
from sentinel.core.release.states import TRANSITIONS, State
from sentinel.core.values.frozen import canonical
from tests.core.exploration import Exploration


def test_every_state_is_reached(found: Exploration) -> None:
    assert {project.state for project in found.documents.values()} == set(State)
    assert len(found.documents.values()) > 100


def test_no_document_breaks_an_invariant(found: Exploration) -> None:
    assert [(key, broken) for key, project in found.documents.items() if (broken := broken_invariant(project))] == []


def test_every_document_is_read_back_as_it_was_stored(found: Exploration) -> None:
    for project in found.documents.values():
        assert Project.model_validate_json(project.model_dump_json()) == project


def test_the_rows_of_the_table_happen_and_nothing_else_does(found: Exploration) -> None:
    happened = {
        (entry.data["from"], entry.data["on"], entry.data["to"])
        for edge in found.edges
        for entry in edge.change.entries
        if entry.kind == "transition"
    }
    table = {(row.source, row.event, row.target) for row in TRANSITIONS}
    table |= {(row.source, row.event, row.without_sprint) for row in TRANSITIONS if row.without_sprint}
    assert happened == table


def test_every_change_carries_its_audit_entry_and_every_move_of_the_state_a_transition(found: Exploration) -> None:
    for edge in found.edges:
        transitions = [entry for entry in edge.change.entries if entry.kind == "transition"]
        assert edge.change.entries, edge
        assert len(transitions) == 1 or edge.before.state is edge.after.state, edge
        for entry in transitions:
            assert (entry.data["from"], entry.data["to"]) == (edge.before.state, edge.after.state)
        for entry in edge.change.entries:
            assert canonical(entry.data), "what is audited is plain data"
            assert (entry.actor, entry.summary) != ("", ""), entry


def test_every_operation_has_a_fencing_number_of_its_own_and_a_new_one_whenever_it_is_taken_up(
    found: Exploration,
) -> None:
    for edge in found.edges:
        before, after = edge.before.operation, edge.after.operation
        started = after is not None and (before is None or before.id != after.id)
        taken = edge.change.entries[0].kind == "operation.taken"
        assert after is None or edge.after.fence == after.fence
        assert edge.after.fence == edge.before.fence + (1 if started or taken else 0)


def test_every_open_question_can_be_answered_with_a_yes(found: Exploration) -> None:
    """Whatever happens meanwhile, a question about a plan that has become another one does not stay open."""
    asked = [
        (p, a)
        for p in found.documents.values()
        for a in (p.approval, p.rollback_approval)
        if a is not None and a.claim is None
    ]
    assert {approval.kind for _, approval in asked} == {"deployment", "rollback"}
    for project, approval in asked:
        now = approval.requested
        check_claimable(project, approval, approval_id=approval.id, plan_digest=approval.plan_digest, now=now)


def test_the_lineage_names_every_release_once(found: Exploration) -> None:
    for project in chain(found.documents.values(), (edge.after for edge in found.edges)):
        tags = [deployed.tag for deployed in project.lineage]
        assert len(tags) == len(set(tags))
