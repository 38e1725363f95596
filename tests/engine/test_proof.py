"""What a bundle must not get away with, whoever made its chain."""

from pathlib import Path

import pytest

from sentinel.core.audit.chain import AuditDraft
from sentinel.core.proof.release_proof import ENTRIES
from sentinel.engine.proof import Proven, prove
from sentinel.errors.history import UnprovenBundleError
from tests.core.notes import TestKey
from tests.engine.bundles import (
    KEY,
    Held,
    MemoryBundle,
    Person,
    accepted,
    asked,
    begun,
    built,
    bundle_of,
    checkpointed,
    claimed,
    enveloped,
    suite,
)

UNSIGNED = "the checkpoint of entry 4 is not signed by the key of this history"
PLAN = '{"project":"shop-7f3a","target":"production"}'


def proven(*drafts: AuditDraft) -> Proven:
    return prove(bundle_of(*drafts), Held())


def refused(bundle: MemoryBundle, key: str | None = None) -> str:
    with pytest.raises(UnprovenBundleError) as caught:
        prove(bundle, Held(), key=key)
    assert caught.value.exit_code == 1
    return caught.value.what.removeprefix("The bundle does not prove its history: ").removesuffix(".")


def test_a_whole_history_is_proved_with_all_that_it_holds(tmp_path: Path) -> None:
    attested = accepted({"provenance": enveloped(built()), "test-result": enveloped(suite())})
    ada = Person(tmp_path)
    drafts = (*begun(), attested, asked(PLAN), ada.approval(PLAN), claimed(PLAN))
    found = proven(*drafts, checkpointed(drafts))
    assert found == Proven(
        project="shop-7f3a",
        key=str(KEY.verifier),
        entries=8,
        checkpoints=1,
        tags=0,
        attestations=2,
        approvals=1,
    )


def test_the_key_is_the_one_that_was_kept() -> None:
    bundle = bundle_of(*begun())
    assert prove(bundle, Held(), key=str(KEY.verifier)).entries == 3
    assert refused(bundle, str(TestKey(9).verifier)) == "its key is not the one that you kept"


@pytest.mark.parametrize(
    ("note", "problem"),
    [
        (checkpointed(begun(), TestKey(9)), "the checkpoint of entry 4 is not signed by the key of this history"),
        (
            checkpointed(begun(), origin="sentinel/x"),
            "the checkpoint of entry 4 is not signed by the key of this history",
        ),
        (checkpointed(begun(2)), None),
        (checkpointed(begun(4)), "entry 4 is missing: the checkpoint of entry 4 was signed over 4 entries"),
        (
            checkpointed((*begun(2), AuditDraft("other", "", ""))),
            "entry 3 is not the one that the checkpoint of entry 4 was signed over",
        ),
        (
            AuditDraft("x", "", "", {"checkpoint": "\x1b"}),
            "the checkpoint of entry 4 is broken: The text is not a signed checkpoint: it has no signature",
        ),
        (AuditDraft("x", "", "", {"checkpoint": ["1"]}), "entry 4 has no text called checkpoint"),
    ],
)
def test_a_checkpoint_is_of_this_history_and_signed_by_its_key(note: AuditDraft, problem: str | None) -> None:
    if problem is None:
        assert proven(*begun(), note).checkpoints == 1
        return
    if isinstance(note.data["checkpoint"], str):
        assert refused(bundle_of(*begun(), note)) == problem
        return
    with pytest.raises(UnprovenBundleError, match=problem):
        bundle_of(*begun(), note)


def test_a_signature_does_not_carry_over_to_another_checkpoint() -> None:
    good, other = checkpointed(begun()), checkpointed(begun(2))
    body, _, _ = str(good.data["checkpoint"]).partition("\n\n")
    _, _, signature = str(other.data["checkpoint"]).partition("\n\n")
    mixed = AuditDraft("x", "", "", {"checkpoint": f"{body}\n\n{signature}"})
    assert refused(bundle_of(*begun(), mixed)) == "the signature of the checkpoint of entry 4 is not valid"


ABOUT = "is not about what that entry accepted"
BROKEN = "the attestation provenance of entry 1 is broken: The text is not a signed in-toto statement: "


@pytest.mark.parametrize(
    ("attestations", "problem"),
    [
        ({"provenance": enveloped(built(), TestKey(9))}, "is not signed by the key of this history"),
        ({"provenance": enveloped(built(sha256="b" * 64))}, ABOUT),
        ({"provenance": enveloped(built(commit="0" * 40))}, ABOUT),
        ({"provenance": enveloped(built(tag_object="0" * 40))}, ABOUT),
        ({"provenance": enveloped(suite())}, ABOUT),
        ({"test-result": enveloped(built())}, ABOUT),
        ({"test-result": enveloped(suite(tree="0" * 40))}, ABOUT),
        ({"test-result": enveloped(suite(passed=False))}, ABOUT),
        ({"sbom": enveloped(built())}, ABOUT),
        ({"provenance": "x"}, f"{BROKEN}it is not in a DSSE envelope"),
        ({"provenance": enveloped([1])}, f"{BROKEN}it is not an in-toto statement of version 1"),
        ({"provenance": enveloped({"_type": "x"})}, f"{BROKEN}it is not an in-toto statement of version 1"),
    ],
)
def test_an_attestation_is_signed_and_about_the_release_that_was_accepted(
    attestations: dict[str, str], problem: str
) -> None:
    assert refused(bundle_of(accepted(attestations))).endswith(problem)


def test_an_envelope_whose_payload_was_changed_is_not_signed() -> None:
    good, other = enveloped(built()), enveloped(built(commit="0" * 40))
    assert isinstance(good, dict)
    assert isinstance(other, dict)
    mixed = {**other, "signatures": good["signatures"]}
    assert refused(bundle_of(accepted({"provenance": mixed}))) == (
        "the attestation provenance of entry 1 is not signed by the key of this history"
    )


@pytest.mark.parametrize("names", [["../../etc"], ["a/b"], ["A"], [""]])
def test_a_name_that_is_no_attestation_makes_no_file(names: list[str]) -> None:
    with pytest.raises(UnprovenBundleError, match="holds something other than attestations"):
        bundle_of(accepted(dict.fromkeys(names, "x")))


def test_a_signed_approval_is_of_the_plan_that_was_asked_about(tmp_path: Path) -> None:
    ada, eve = Person(tmp_path), Person(tmp_path, "eve@example.org")
    other = PLAN.replace("shop", "shed")
    another = "entry 2 approves a plan other than the one that was shown"
    invalid = "the signature of ada@example.org in entry 2 is not valid"
    for signed, problem in (
        (ada.approval(other), another),
        (ada.approval(PLAN, approval="question-2"), another),
        (claimed(other), another),
        (ada.approval(PLAN, signature=ada.sign(other)), invalid),
        (ada.approval(PLAN, signature=ada.sign(PLAN, "git")), invalid),
        (ada.approval(PLAN, signature=eve.sign(PLAN)), invalid),
        (ada.approval(PLAN, signature="x"), invalid),
        (ada.approval(PLAN, fingerprint=eve.fingerprint), "the fingerprint in entry 2 is not that of its key"),
    ):
        assert refused(bundle_of(asked(PLAN), signed)) == problem


@pytest.mark.parametrize("principal", ["", "*", "-oops", "ada,eve", "ada\neve", 'ada" cert-authority', "!ada"])
def test_a_signer_is_one_name(tmp_path: Path, principal: str) -> None:
    signed = Person(tmp_path).approval(PLAN, principal=principal)
    with pytest.raises(UnprovenBundleError, match="entry 2 does not name a signer and a key"):
        bundle_of(asked(PLAN), signed)


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"[" * 5000 + b"\n", b"\xff\n", b'{"project":1e999}\n'])
def test_a_line_that_is_no_entry_is_named_by_its_number(line: bytes) -> None:
    bundle = bundle_of(*begun())
    bundle.files[ENTRIES] += line
    assert refused(bundle) == "line 4 of entries.jsonl is not an entry"


def test_entries_of_another_project_are_refused() -> None:
    bundle = bundle_of(*begun())
    bundle.files["keys/history.pub"] = f"{TestKey(7, 'sentinel/other').verifier}\n".encode()
    assert refused(bundle) == "entry 1 is of another project than the key"
