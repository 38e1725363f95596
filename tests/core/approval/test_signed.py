"""Who may sign an approval, by the rules and by who asked for it."""

import pytest

from sentinel.core.approval.question import check_signer, open_channels, rules_of, sign_approval, without_fallen
from sentinel.core.approval.sshsig import ARMOR_LIMIT, read_signature
from sentinel.core.policy.pinning import Pin
from sentinel.core.release.model import NOBODY, Approval, Project, Requester, Signature
from sentinel.core.release.states import State
from sentinel.core.tools.status import status_of
from sentinel.errors.approval import AlreadySignedError, RequesterApprovesError, SignatureMalformedError
from sentinel.errors.release import InvariantBrokenError
from tests.core.projects import NOON, PERSON, SOAKED, claimed, policy, project, release

REMOTE = Requester(token="ci")  # noqa: S106 - its name
SIGNED = policy(
    production={"approval": {"approvers": "approvers", "required": 2, "channels": ["terminal", "elicitation"]}}
)


def signature(principal: str = "ada", *, key: str = "", by: str = PERSON) -> Signature:
    name = key or principal
    return Signature(principal=principal, fingerprint=f"SHA256:{name}", public_key=name, armor=f"by {name}", by=by)


def asked(requester: Requester = NOBODY, at: Project | None = None) -> Approval:
    waiting = (at or project(State.AWAITING_APPROVAL)).approval
    assert waiting is not None
    return waiting.model_copy(update={"requester": requester})


def pinned(**sections: dict[str, object]) -> Pin:
    return Pin(commit="c" * 40, files=(), digest="", policy=policy(**sections), by=PERSON, at=NOON)


def test_a_deployment_goes_by_its_releases_rules_and_a_rollback_by_the_trusted_ones() -> None:
    """A release that was begun under laxer rules lends them to nothing else."""
    at = project(State.SOAKING, pin=pinned(production={"approval": {"approvers": "approvers"}}))
    assert rules_of(at).approvers is None
    assert rules_of(at, "rollback").approvers == "approvers"


def test_no_form_is_shown_where_approvers_must_sign() -> None:
    assert open_channels(SIGNED.production.approval, separated=False) == ("terminal",)


def test_in_separated_mode_a_form_of_the_agents_own_user_approves_nothing() -> None:
    rules = policy(production={"approval": {"channels": ["terminal", "elicitation"]}}).production.approval
    assert open_channels(rules, separated=False) == ("terminal", "elicitation")
    assert open_channels(rules, separated=True) == ("terminal",)


@pytest.mark.parametrize(
    ("requester", "principal", "by", "separated", "refused"),
    [
        (REMOTE, "ci", "person:ada", False, True),
        (REMOTE, "ada", "person:ci", False, False),
        (Requester(user="agent"), "agent", "person:ada", True, True),
        (Requester(user="agent"), "ada", "person:agent", True, True),
        (Requester(user="agent"), "ada", "person:ada", True, False),
        (Requester(user="ada"), "ada", "person:ada", False, False),
        (NOBODY, "", "person:", True, False),
    ],
)
def test_who_asked_cannot_approve(
    requester: Requester, principal: str, by: str, *, separated: bool, refused: bool
) -> None:
    """In advisory mode the local agent has the person's own user, so that name tells them apart from nobody."""
    given = signature(principal, by=by)
    if refused:
        with pytest.raises(RequesterApprovesError):
            check_signer(asked(requester), given, separated=separated)
    else:
        check_signer(asked(requester), given, separated=separated)


@pytest.mark.parametrize("again", [signature("ada", key="other"), signature("bob", key="ada")])
def test_distinct_people_have_distinct_names_and_keys(again: Signature) -> None:
    at = project(State.AWAITING_APPROVAL)
    signed = sign_approval(at, asked(at=at), signature(), b"{}").project
    with pytest.raises(AlreadySignedError):
        check_signer(asked(at=signed), again, separated=False)


def test_a_signature_is_kept_with_the_question_and_in_the_history() -> None:
    at = project(State.AWAITING_APPROVAL, candidate=release(policy=SIGNED))
    change = sign_approval(at, asked(at=at), signature(), b"{}")
    view = status_of(change.project, SOAKED, trust="advisory").approval
    assert view is not None
    assert (view.required, view.signed) == (2, ("ada",))
    (entry,) = change.entries
    assert (entry.kind, entry.actor) == ("approval.signed", PERSON)
    assert (entry.data["principal"], entry.data["plan"], entry.data["signature"]) == ("ada", "{}", "by ada")
    assert Project.model_validate_json(change.project.model_dump_json()) == change.project


def test_a_signature_that_fell_is_dropped_and_a_claimed_question_is_signed_no_more() -> None:
    at = project(State.AWAITING_APPROVAL)
    signed = sign_approval(at, asked(at=at), signature(), b"{}").project
    dropped = without_fallen(signed, asked(at=signed), frozenset({"SHA256:ada"}))
    assert asked(at=dropped.project).signatures == ()
    assert dropped.entries[0].data["fingerprints"] == ["SHA256:ada"]
    with pytest.raises(InvariantBrokenError):
        sign_approval(claimed(), asked(at=claimed()), signature(), b"{}")


def test_an_older_document_has_no_signatures_and_nobody_who_asked() -> None:
    document = project(State.AWAITING_APPROVAL).model_dump(mode="json")
    for field in ("requester", "signatures"):
        del document["approval"][field]
    again = asked(at=Project.model_validate(document))
    assert (again.requester, again.signatures) == (NOBODY, ())


def test_an_armor_beyond_the_limit_is_not_even_decoded() -> None:
    with pytest.raises(SignatureMalformedError, match=f"more than {ARMOR_LIMIT} characters"):
        read_signature("A" * (ARMOR_LIMIT + 1))
