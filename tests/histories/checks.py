"""What must be true of a history when it is at rest: of the document, the audit entries and the world outside."""

from collections.abc import Callable, Sequence
from datetime import timedelta

from sentinel.core.audit.chain import AuditEntry, verify_chain
from sentinel.core.release.invariants import broken_invariant
from sentinel.core.release.model import Project
from sentinel.core.release.states import Event, State
from tests.crash.evidence import ENDS
from tests.crash.history import check_claims, check_entry, check_operations, check_told, check_transitions
from tests.histories.host import Host
from tests.histories.kept_back import check_kept_back, terms_of
from tests.histories.outside import PROJECT, Outside
from tests.histories.productions import check_productions

_E = Event


async def check(host: Host) -> None:
    """Every fault that is found is the history's."""
    assert host.daemon is not None
    store, outside = host.daemon.store, host.outside
    snapshot = await store.load(PROJECT)
    assert snapshot is not None, "there is no project"
    project = snapshot.project
    entries = [entry async for page in store.audit_history(PROJECT) for entry in page]
    findings = await store.findings(PROJECT, session=None, open_only=False)
    fault = verify_chain(entries, await store.audit_head(PROJECT))
    notices = [notice.title for notice in await store.notices()]
    checks: tuple[Callable[[], None], ...] = (
        lambda: _require((fault, broken_invariant(project)), (None, None)),
        lambda: check_transitions(entries, project),
        lambda: check_operations(entries, project),
        lambda: check_claims(entries),
        lambda: check_told(entries, [*outside.told, *notices]),
        lambda: _check_claimed_by_people(entries, outside),
        lambda: _check_entered(entries, outside),
        lambda: _check_rollbacks(entries),
        lambda: _check_held(entries),
        lambda: check_productions(entries, outside),
        lambda: check_kept_back(entries, findings, outside),
        lambda: _check_rest(entries, project),
    )
    for each in checks:
        try:
            each()
        except AssertionError as error:
            outside.find(str(error))
    for entry in entries:
        outside.events.add(str(entry.data["on"]) if entry.kind == "transition" else entry.kind)
        outside.say(
            f"audit {entry.sequence} {entry.at:%H:%M:%S.%f} {entry.actor} {entry.kind} "
            f"{_where(entry)}{entry.summary[:100]}"
        )


def _where(entry: AuditEntry) -> str:
    return f"[{entry.data['from']} > {entry.data['to']}] " if "from" in entry.data else ""


def _require(found: object, wanted: object) -> None:
    assert found == wanted, f"{found}"


def _check_claimed_by_people(entries: Sequence[AuditEntry], outside: Outside) -> None:
    """Whatever was claimed, a person has approved: that very question and plan, with the phrase."""
    approved = {seen.about for seen in outside.seen if seen.what == "person approved"}
    for entry in entries:
        if entry.kind == "approval.claimed":
            plan = (str(entry.data["approval"]), str(entry.data["plan"]))
            assert plan in approved, f"nobody approved {plan}"


def _check_entered(entries: Sequence[AuditEntry], outside: Outside) -> None:
    """Production was entered with all that it needs, and its soak was over by both clocks."""
    for number, entry in enumerate(entries):
        if entry.data.get("on") != _E.DEPLOYMENT_STARTED:
            continue
        check_entry(entries[: number + 1])
        passed = next(one for one in reversed(entries[:number]) if one.data.get("on") == _E.STAGING_PASSED)
        soak = timedelta(seconds=_soak_seconds(entries[:number], outside))
        told = outside.clock.told
        for later in (one for one in entries[passed.sequence : number + 1] if _needs_soak(one)):
            elapsed = told[passed.at].elapsed_to(told[later.at])
            assert elapsed >= soak, f"production was entered {elapsed} after staging, the soak is {soak}: {later}"


def _needs_soak(entry: AuditEntry) -> bool:
    return entry.data.get("on") in (_E.APPROVAL_REQUESTED, _E.DEPLOYMENT_STARTED)


def _soak_seconds(entries: Sequence[AuditEntry], outside: Outside) -> int:
    """As the policy at the commit that was built says, for a hotfix or for any other release."""
    accepted = next(one for one in reversed(entries) if one.data.get("on") == _E.CANDIDATE_ACCEPTED)
    terms = terms_of(accepted, outside)
    return terms.soak if "hotfix" not in accepted.data else terms.hotfix_soak or 0


def _check_rollbacks(entries: Sequence[AuditEntry]) -> None:
    """An agent's own rollback is for what is being deployed; elsewhere a person starts it."""
    for entry in entries:
        if entry.data.get("on") == _E.ROLLBACK_STARTED and entry.actor.startswith("agent:"):
            assert entry.data["from"] in (State.DEPLOYING, State.VERIFYING), f"an agent rolled back: {entry}"


_GOES_ON = frozenset({_E.STAGING_STARTED, _E.APPROVAL_REQUESTED, _E.DEPLOYMENT_STARTED})


def _check_held(entries: Sequence[AuditEntry]) -> None:
    """During a hold nothing began but a rollback, and what people adopt."""
    held = False
    for entry in entries:
        held = entry.kind == "hold.set" or (held and entry.kind != "hold.ended")
        began = entry.kind == "operation.started" and not entry.summary.startswith("adoption")
        goes_on = entry.kind == "approval.claimed" or entry.data.get("on") in _GOES_ON
        assert not (held and (began or goes_on)), f"releases were on hold: {entry}"


def _check_rest(entries: Sequence[AuditEntry], project: Project) -> None:
    """Nothing runs, and every production deployment has come to one of its ends."""
    assert project.operation is None, f"{project.operation} still runs"
    events = [entry.data.get("on") for entry in entries if entry.kind == "transition"]
    for number, event in enumerate(events):
        if event == _E.DEPLOYMENT_STARTED:
            assert any(later in ENDS for later in events[number:]), "a deployment ended nowhere"
