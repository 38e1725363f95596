"""An approval is bound to the whole plan, is used once and expires."""

from datetime import timedelta

import pytest

from sentinel.core.approval.question import (
    ask_approval,
    check_claimable,
    digest_of,
    is_stale,
    plan_document,
)
from sentinel.core.release import lifecycle
from sentinel.core.release.contents import Changes, Contents
from sentinel.core.release.model import (
    Approval,
    Artifact,
    Claim,
    Deployed,
    Hotfix,
    OutsideWindow,
    Project,
    Release,
    RollbackPlan,
)
from sentinel.core.release.states import Cause, State
from sentinel.core.values.times import Instant
from sentinel.errors.approval import ApprovalExpiredError, ApprovalGoneError, ApprovalUsedError, PlanChangedError
from tests.core.projects import (
    NOON,
    PERSON,
    SOAK,
    SOAKED,
    artifact,
    claimed,
    deployed,
    fresh,
    instant,
    policy,
    project,
    release,
    rollback_asked,
)

EXPIRES = timedelta(minutes=15)
LINEAGE = (deployed("1.0.0"), deployed("1.1.0"))
PLAN = RollbackPlan(leaving=deployed("1.1.0"), target=deployed("1.0.0"), reason="It is slow.", cause=Cause.AGENT)


def digest(of: Release, at: Project | None = None, nonce: str = "nonce", expires_at: timedelta = EXPIRES) -> str:
    return digest_of(plan_document(at or fresh(), of, nonce=nonce, expires_at=NOON + expires_at))


def digest_back(
    plan: RollbackPlan, at: Project | None = None, nonce: str = "n", expires_at: timedelta = EXPIRES
) -> str:
    return digest_of(plan_document(at or fresh(), plan, nonce=nonce, expires_at=NOON + expires_at))


OTHER = {
    "id": "release-2",
    "version": "1.2.1",
    "tag": "release-1.2.0",
    "commit": "0" * 40,
    "tree": "0" * 40,
    "tag_object": "0" * 40,
    "artifacts": (artifact(sha256="0" * 64),),
    "changes": Changes(files=5, insertions=120, deletions=41),
    "policy_digest": "0" * 64,
    "hotfix": Hotfix(reason="It burns.", by=PERSON, at=NOON),
    "outside": OutsideWindow(reason="It burns.", by=PERSON, at=NOON),
}
UNBOUND = {
    "bump": "patch",
    "policy": policy(staging={"soak": "1m"}),
    "created_at": NOON + SOAK,
    "staged": project(State.SOAKING).release,
    "notes": "A search.",
    "remarks": ("pyproject.toml names 1.1.0.",),
    "checkout": "operation/checkout-production",
    "contents": Contents(base=None),
}


@pytest.mark.parametrize("field", OTHER)
def test_another_value_of_a_bound_field_is_another_plan(field: str) -> None:
    assert digest(release().model_copy(update={field: OTHER[field]})) != digest(release())


@pytest.mark.parametrize(
    "artifacts",
    [(), (artifact(), artifact("dist/b")), (artifact("dist/other"),)],
    ids=["fewer", "more", "renamed"],
)
def test_other_artifacts_are_another_plan(artifacts: tuple[Artifact, ...]) -> None:
    assert digest(release(artifacts=artifacts)) != digest(release())


def test_another_project_nonce_or_expiry_is_another_plan() -> None:
    others = {
        digest(release(), fresh(id="other")),
        digest(release(), nonce="other"),
        digest(release(), expires_at=2 * EXPIRES),
        digest(release()),
    }
    assert len(others) == 4


def test_every_field_of_a_release_is_bound_or_left_out_on_purpose() -> None:
    """The policy is bound by its digest; size, time and progress of a release are nothing that a human says yes to."""
    assert OTHER.keys() | UNBOUND.keys() == Release.model_fields.keys()
    for field, value in UNBOUND.items():
        assert digest(release().model_copy(update={field: value})) == digest(release())


@pytest.mark.parametrize("end", ["leaving", "target"])
@pytest.mark.parametrize("field", ["tag", "commit"])
def test_another_end_of_a_rollback_is_another_plan(end: str, field: str) -> None:
    other = PLAN.model_copy(update={end: getattr(PLAN, end).model_copy(update={field: "other"})})
    assert digest_back(other) != digest_back(PLAN)


def test_other_bytes_to_go_back_to_are_another_plan() -> None:
    target = deployed("1.0.0", artifacts=(artifact(sha256="0" * 64),))
    others = {
        digest_back(PLAN.model_copy(update={"target": target})),
        digest_back(PLAN.model_copy(update={"target": None})),
        digest_back(PLAN, fresh(id="other")),
        digest_back(PLAN, nonce="other"),
        digest_back(PLAN, expires_at=2 * EXPIRES),
        digest_back(PLAN),
    }
    assert len(others) == 6


def test_a_digest_is_the_same_after_storage() -> None:
    at = project(State.AWAITING_APPROVAL)
    again = Project.model_validate_json(at.model_dump_json())
    assert again.approval is not None
    assert claim_at(again, SOAKED) == again.approval


def test_a_question_expires_as_the_policy_of_its_release_says() -> None:
    short = release(policy=policy(production={"approval": {"expires": "2m"}}))
    asked = ask_approval(fresh(), short, id="a", nonce="n", now=SOAKED)
    assert asked.expires_at == SOAKED.wall + timedelta(minutes=2)


def claim_at(at: Project, now: Instant, **said: str) -> Approval:
    """The claim of the open question of `at`, as it was shown, but for what is `said` otherwise."""
    asked = at.rollback_approval or at.approval
    values = {"approval_id": asked.id if asked else "", "plan_digest": asked.plan_digest if asked else ""} | said
    return check_claimable(at, asked, now=now, **values)


def asking_back(lineage: tuple[str, ...] = ("1.0.0", "1.1.0")) -> Project:
    """An agent's rollback of the last archived release waits for a human."""
    return rollback_asked(project(lineage=tuple(deployed(version) for version in lineage)))


@pytest.mark.parametrize("at", [project(State.AWAITING_APPROVAL), asking_back()], ids=["deployment", "rollback"])
def test_an_open_question_is_claimable_until_the_moment_it_expires(at: Project) -> None:
    last = instant(SOAK + EXPIRES - timedelta(seconds=1))
    assert claim_at(at, last) in (at.approval, at.rollback_approval)
    with pytest.raises(ApprovalExpiredError):
        claim_at(at, instant(SOAK + EXPIRES))


def test_what_was_never_asked_for_is_gone() -> None:
    at = project(State.AWAITING_APPROVAL)
    with pytest.raises(ApprovalGoneError):
        claim_at(at, SOAKED, approval_id="another")
    with pytest.raises(ApprovalGoneError):
        claim_at(lifecycle.refuse_approval(at, PERSON, "no", SOAKED.wall).project, SOAKED, approval_id="approval-3")


def test_an_approval_is_not_used_twice() -> None:
    with pytest.raises(ApprovalUsedError):
        claim_at(claimed(), SOAKED)


@pytest.mark.parametrize(
    "now",
    [
        instant(SOAK + EXPIRES).model_copy(update={"boot_seconds": SOAKED.boot_seconds}),
        instant(SOAK + EXPIRES).model_copy(update={"wall": SOAKED.wall}),
        instant(SOAK + EXPIRES, boot="boot-2"),
    ],
    ids=["wall clock", "boot clock", "wall clock after a reboot"],
)
def test_a_question_expires_by_whichever_clock_says_so_first(now: Instant) -> None:
    with pytest.raises(ApprovalExpiredError):
        claim_at(project(State.AWAITING_APPROVAL), now)


def test_the_seconds_of_another_boot_say_nothing() -> None:
    claim_at(project(State.AWAITING_APPROVAL), instant(SOAK, boot="boot-2").model_copy(update={"boot_seconds": 1e9}))


def test_a_yes_to_another_plan_is_refused() -> None:
    with pytest.raises(PlanChangedError):
        claim_at(project(State.AWAITING_APPROVAL), SOAKED, plan_digest="0" * 64)


@pytest.mark.parametrize("field", OTHER)
def test_a_release_that_has_changed_since_it_was_shown_is_not_approved(field: str) -> None:
    at = project(State.AWAITING_APPROVAL)
    assert at.release is not None
    changed = at.model_copy(update={"release": at.release.model_copy(update={field: OTHER[field]})})
    with pytest.raises(PlanChangedError):
        claim_at(changed, SOAKED)


def test_a_release_that_is_gone_is_not_approved() -> None:
    with pytest.raises(PlanChangedError):
        claim_at(project(State.AWAITING_APPROVAL).model_copy(update={"release": None}), SOAKED)


@pytest.mark.parametrize("lineage", [(), LINEAGE[:1], (*LINEAGE, deployed("1.2.0"))])
def test_a_rollback_that_would_be_another_one_by_now_is_not_approved(lineage: tuple[Deployed, ...]) -> None:
    with pytest.raises(PlanChangedError):
        claim_at(asking_back().model_copy(update={"lineage": lineage}), SOAKED)


def asked_and_claimed(claimed_after: timedelta) -> Approval:
    """A question of noon, which a person answered `claimed_after` that."""
    asked = ask_approval(fresh(), release(), id="a", nonce="n", now=instant())
    claim = Claim(by=PERSON, channel="terminal", at=NOON + claimed_after)
    return asked.model_copy(update={"claim": claim})


@pytest.mark.parametrize(
    ("claimed_after", "used_after", "boot", "stale"),
    [
        (timedelta(minutes=1), timedelta(minutes=14), "boot-1", False),
        (timedelta(minutes=1), EXPIRES, "boot-1", True),
        (timedelta(minutes=1), timedelta(days=2), "boot-2", True),
        (timedelta(minutes=14), timedelta(minutes=18), "boot-1", False),
        (timedelta(minutes=14), timedelta(minutes=19), "boot-1", True),
        (timedelta(minutes=14), timedelta(minutes=19), "boot-2", True),
    ],
)
def test_a_claim_counts_until_the_question_expires_and_for_as_long_as_the_last_checks_take(
    claimed_after: timedelta, used_after: timedelta, boot: str, *, stale: bool
) -> None:
    assert is_stale(asked_and_claimed(claimed_after), instant(used_after, boot=boot)) is stale


def test_a_claim_does_not_live_longer_for_a_clock_that_was_set_back() -> None:
    used = Instant(wall=NOON - timedelta(hours=1), boot_id="boot-1", boot_seconds=1000 + 20 * 60)
    assert is_stale(asked_and_claimed(timedelta(minutes=1)), used)
    assert not is_stale(ask_approval(fresh(), release(), id="a", nonce="n", now=instant()), used)
