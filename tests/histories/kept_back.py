"""What windows, holds and hotfixes promise, held against a history and what each commit's policy and changelog say."""

import json
from collections.abc import Iterator, Sequence

from sentinel.core.audit.chain import AuditEntry
from sentinel.core.audit.findings import StoredFinding
from sentinel.core.release.states import Event
from tests.histories.outside import Outside, Terms

_E = Event
_NEARER = frozenset({_E.APPROVAL_REQUESTED, _E.DEPLOYMENT_STARTED})
_ENDS_HOTFIX = frozenset({_E.RELEASE_CLOSED, _E.SPRINT_CLOSED})
REVIEW = "hotfix-review"


def check_kept_back(entries: Sequence[AuditEntry], findings: Sequence[StoredFinding], outside: Outside) -> None:
    for number, entry in enumerate(entries):
        if entry.kind == "approval.claimed" or entry.data.get("on") in _NEARER:
            _check_window(entries[:number], entry, outside)
        if entry.kind == "approval.claimed":
            _check_plan(entries[:number], entry, outside)
        if entry.data.get("on") == _E.CANDIDATE_ACCEPTED:
            _check_gates(entry, terms_of(entry, outside))
            _check_hotfix(entries[:number], entry, terms_of(entry, outside))
            outside.events.update(["hotfix accepted"] if "hotfix" in entry.data else [])
    _check_reviews(entries, findings)


def terms_of(accepted: AuditEntry, outside: Outside) -> Terms:
    """Of the commit that was accepted, though the branch was rewritten since."""
    return outside.terms[str(accepted.data["commit"])]


def _check_window(before: Sequence[AuditEntry], nearer: AuditEntry, outside: Outside) -> None:
    """Nothing came nearer to production while it was closed, unless a person had said why for this very candidate."""
    accepted = _last(before, _E.CANDIDATE_ACCEPTED)
    opening = terms_of(accepted, outside).opening
    if not opening.is_closed(nearer.at):
        return
    waived = _waived(before, accepted)
    assert waived is not None, f"production was closed ({opening.name}): {nearer}"
    assert waived.actor.startswith("person:"), f"no person let it go outside of the window: {waived}"
    assert reason_of(waived), f"nobody said why it went outside of the window: {waived}"
    opens = opening.opens(waived.at)
    assert opens is None or nearer.at < opens, f"it was let go until {opens} ({opening.name}): {nearer}"
    if nearer.data.get("on") == _E.DEPLOYMENT_STARTED:
        outside.events.add("production outside of the window")


def _waived(before: Sequence[AuditEntry], accepted: AuditEntry) -> AuditEntry | None:
    since = [entry for entry in before if entry.sequence > accepted.sequence]
    return next((entry for entry in reversed(since) if entry.kind == "window.waived"), None)


def _check_plan(before: Sequence[AuditEntry], claimed: AuditEntry, outside: Outside) -> None:
    """What was approved contains why it is hurried and why it goes outside of the window, and who said so."""
    accepted = _last(before, _E.CANDIDATE_ACCEPTED)
    document = json.loads(outside.plans[str(claimed.data["plan"])])
    waived = _waived(before, accepted)
    said = {"reason": reason_of(waived), "by": waived.actor} if waived is not None else None
    assert document.get("outside_window") == said, f"the plan does not say why it goes outside: {claimed}"
    hotfix = document.get("hotfix", {}).get("reason")
    assert hotfix == accepted.data.get("hotfix"), f"the plan does not say why it is hurried: {claimed}"


def _check_gates(accepted: AuditEntry, terms: Terms) -> None:
    """Of every candidate, hurried or not."""
    tests = accepted.data["tests"]
    assert isinstance(tests, dict)
    assert (tests["passed"], tests["tree"]) == (True, accepted.data["tree"]), f"no tests have passed: {accepted}"
    assert not terms.open_tasks, f"tasks were open: {accepted}"


def _check_hotfix(before: Sequence[AuditEntry], accepted: AuditEntry, terms: Terms) -> None:
    """A candidate is a hotfix exactly where one was open, and then it is a patch that the policy allows."""
    opened = _open_hotfix(before)
    reason = reason_of(opened) if opened is not None else None
    assert accepted.data.get("hotfix") == reason, f"{reason!r} was open as a hotfix: {accepted}"
    if opened is None:
        return
    assert opened.actor.startswith("person:"), f"no person has opened the hotfix: {opened}"
    assert terms.hotfix_soak is not None, f"the policy has no hotfixes: {accepted}"
    assert not is_larger(accepted), f"a hotfix was no patch: {accepted}"


def _open_hotfix(before: Sequence[AuditEntry]) -> AuditEntry | None:
    opened = None
    for entry in before:
        if entry.kind == "hotfix.opened":
            assert opened is None, f"a second hotfix was opened: {entry}"
            opened = entry
        elif entry.kind == "hotfix.ended" or entry.data.get("on") in _ENDS_HOTFIX:
            opened = None
    return opened


def is_larger(accepted: AuditEntry) -> bool:
    """Than a patch; the first version of all is not larger than anything."""
    version = str(accepted.data["version"])
    return version.endswith(".0") and version != "0.1.0"


def reason_of(entry: AuditEntry | None) -> str:
    return entry.summary.partition(": ")[2] if entry is not None else ""


def _check_reviews(entries: Sequence[AuditEntry], findings: Sequence[StoredFinding]) -> None:
    """Each hotfix that passed in production asks for a review, and nothing larger than a patch comes before it."""
    numbers = iter([found.number for found in findings if found.finding.rule == REVIEW])
    waiting: set[int] = set()
    for number, entry in enumerate(entries):
        if (
            entry.data.get("on") == _E.VERIFICATION_PASSED
            and "hotfix" in _last(entries[:number], _E.CANDIDATE_ACCEPTED).data
        ):
            asks = any(REVIEW in rules for rules in _rules(entries[number : number + 2]))
            assert asks, f"nobody is asked for a review: {entry}"
            waiting.add(next(numbers))
        elif entry.kind == "finding.resolved":
            waiting.discard(int(str(entry.data["number"])))
        elif entry.data.get("on") == _E.CANDIDATE_ACCEPTED:
            assert not (waiting and is_larger(entry)), f"hotfixes were not reviewed, findings {waiting}: {entry}"


def _rules(entries: Sequence[AuditEntry]) -> Iterator[list[str]]:
    for entry in entries:
        rules = entry.data.get("rules", [])
        assert isinstance(rules, list)
        yield [str(rule) for rule in rules]


def _last(entries: Sequence[AuditEntry], event: Event) -> AuditEntry:
    return next(entry for entry in reversed(entries) if entry.data.get("on") == event)
