"""Production scripts, held against what was seen outside in the order in which it happened."""

from collections.abc import Sequence

from sentinel.core.audit.chain import AuditEntry
from sentinel.core.release.states import Event, State
from tests.histories.outside import Outside, Seen


def check_productions(entries: Sequence[AuditEntry], outside: Outside) -> None:
    """No script of production ran before all that it needs was there, by what the world saw."""
    for seen in outside.seen:
        if seen.what == "begin" and seen.about[0] == "production":
            _check_production(entries, outside, seen)
        if seen.what == "begin" and seen.about[0] == "rollback":
            left = [one for one in entries if one.data.get("to") == State.ROLLING_BACK]
            assert any(outside.committed[one.sequence] < seen.tick for one in left), (
                f"a rollback out of nothing: {seen}"
            )


def _check_production(entries: Sequence[AuditEntry], outside: Outside, begun: Seen) -> None:
    _, operation, release = begun.about
    past = [entry for entry in entries if outside.committed[entry.sequence] < begun.tick]
    entered = _last(past, "on", Event.DEPLOYMENT_STARTED)
    accepted = _last(past, "on", Event.CANDIDATE_ACCEPTED)
    assert release == entered.data["release"] == accepted.data["release"], f"another release was entered: {begun}"
    claimed = next(entry for entry in reversed(past) if entry.kind == "approval.claimed")
    asked = _last(past, "on", Event.APPROVAL_REQUESTED)
    assert claimed.data["plan"] == asked.data["plan"], f"another plan was approved: {begun}"
    seen = [one for one in outside.seen if one.tick < begun.tick]
    for script in ("staging", "smoke"):
        assert any(one.what == "passed" and one.about[::2] == (script, release) for one in seen), f"{script}: {begun}"
    since = [one for one in seen if one.tick > outside.committed[claimed.sequence]]
    tags = [one.about for one in since if one.what == "tag verified"]
    assert (accepted.data["tag"], accepted.data["commit"]) in [about[:2] for about in tags], f"unverified tag: {begun}"
    assert any(one.what == "artifacts verified" and one.about == (release,) for one in since), f"unverified: {begun}"
    _check_bytes(seen, accepted, operation)


def _check_bytes(seen: Sequence[Seen], accepted: AuditEntry, operation: str) -> None:
    """Production was given what was built."""
    given = [one.about for one in seen if one.what == "artifacts handed out"]
    artifacts = accepted.data["artifacts"]
    assert isinstance(artifacts, dict)
    # The folder is the runner's own, named by its fencing number.
    folder = f"/operations/history/{operation}/artifacts-"
    ours = [about[1:] for about in given if about[0].startswith(folder) and about[0].endswith("/release")]
    assert ours, f"{operation} deployed without artifacts"
    assert ours[-1] == tuple(artifacts.values()), f"{operation} deployed other artifacts than were built"


def _last(entries: Sequence[AuditEntry], key: str, value: str) -> AuditEntry:
    found = next((entry for entry in reversed(entries) if entry.data.get(key) == value), None)
    assert found is not None, f"production ran without {value}"
    return found
