"""Passkeys as approvers: signatures as browsers make them, verified by real ssh-keygen."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from anyio import run_process

from sentinel.adapters.keys.approvers import ApproverFiles
from sentinel.core.approval.passkeys import (
    SIGN_IN,
    RelyingParty,
    challenge,
    checked_line,
    document_to_sign_in,
    passkeys_in,
    signature_of,
)
from sentinel.core.approval.question import NAMESPACE
from sentinel.core.approval.sshsig import fingerprint_of
from sentinel.core.release.model import Signature
from sentinel.errors import SentinelError
from sentinel.errors.approval import (
    ApproverKnownError,
    PasskeyElsewhereError,
    PasskeyLineError,
    PasskeyMalformedError,
    PasskeyUnverifiedError,
    SignatureMalformedError,
    SignatureWrongError,
    UnknownApproverError,
)
from tests.adapters.passkey import CONSOLE, PRESENT, VERIFIED, SoftPasskey

PLAN = b'{"version":"1.2.0"}'
NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def ada() -> SoftPasskey:
    return SoftPasskey()


def approvers(folder: Path, rp: RelyingParty = CONSOLE) -> ApproverFiles:
    return ApproverFiles(folder, rp)


async def named(folder: Path, line: str) -> None:
    await approvers(folder).add("approvers", checked_line(line), line)


async def verify(
    folder: Path, armor: str, *, document: bytes = PLAN, namespace: str = NAMESPACE, rp: RelyingParty = CONSOLE
) -> Signature:
    files = approvers(folder, rp)
    return await files.verify("approvers", document, armor, by="person:ada", at=NOON, namespace=namespace)


def armor_of(passkey: SoftPasskey, document: bytes = PLAN, namespace: str = NAMESPACE, **answered: object) -> str:
    assertion = passkey.answer(challenge(document, namespace), **answered)  # type: ignore[arg-type]
    (known,) = passkeys_in(passkey.line("ada"))
    return signature_of(assertion, known, namespace)


async def test_a_passkey_approves_and_ssh_keygen_alone_verifies_it(folder: Path, ada: SoftPasskey) -> None:
    await named(folder, ada.line("ada"))
    armor = armor_of(ada)
    signed = await verify(folder, armor)
    assert signed.principal == "ada"
    assert signed.fingerprint == fingerprint_of(signed.public_key)
    (folder / "plan.sig").write_text(armor)
    words = ("-f", folder / "approvers", "-I", "ada", "-n", NAMESPACE, "-s", folder / "plan.sig")
    done = await run_process(["ssh-keygen", "-Y", "verify", *map(str, words)], input=PLAN)
    assert done.stdout.startswith(b'Good "sentinel-approval" signature for ada')


async def test_a_passkey_of_another_document_or_namespace_approves_nothing(folder: Path, ada: SoftPasskey) -> None:
    await named(folder, ada.line("ada"))
    with pytest.raises(SignatureWrongError):
        await verify(folder, armor_of(ada, b"another plan"))
    with pytest.raises(SignatureWrongError, match="made for sentinel-console"):
        await verify(folder, armor_of(ada, PLAN, SIGN_IN))


@pytest.mark.parametrize(
    ("answered", "error"),
    [
        ({"origin": "http://localhost:3000"}, PasskeyElsewhereError),
        ({"origin": "https://localhost:7467"}, PasskeyElsewhereError),
        ({"origin": "http://localhost:7467.evil.example"}, PasskeyElsewhereError),
        ({"flags": PRESENT}, PasskeyUnverifiedError),
        ({"flags": VERIFIED}, PasskeyUnverifiedError),
        ({"flags": 0}, PasskeyUnverifiedError),
        ({"rp": "evil.example"}, SignatureWrongError),
    ],
    ids=str,
)
async def test_where_and_how_it_was_used_counts(
    folder: Path, ada: SoftPasskey, answered: dict[str, object], error: type[SentinelError]
) -> None:
    await named(folder, ada.line("ada"))
    with pytest.raises(error):
        await verify(folder, armor_of(ada, **answered))  # type: ignore[arg-type]


async def test_a_passkey_of_another_console_is_none_here(folder: Path, ada: SoftPasskey) -> None:
    other = RelyingParty(id="sentinel.example.org", origin="https://sentinel.example.org")
    line = ada.line("ada", other)
    await named(folder, line)
    (known,) = passkeys_in(line)
    assertion = ada.answer(challenge(PLAN, NAMESPACE), origin=other.origin, rp=other.id)
    with pytest.raises(PasskeyElsewhereError, match=r"sentinel\.example\.org"):
        await verify(folder, signature_of(assertion, known, NAMESPACE))
    assert (await verify(folder, signature_of(assertion, known, NAMESPACE), rp=other)).principal == "ada"


async def test_another_passkey_signs_for_nobody(folder: Path, ada: SoftPasskey) -> None:
    await named(folder, ada.line("ada"))
    stranger = SoftPasskey()
    with pytest.raises(UnknownApproverError):
        await verify(folder, armor_of(stranger))
    forged = stranger.answer(challenge(PLAN, NAMESPACE))
    (known,) = passkeys_in(ada.line("ada"))
    with pytest.raises(SignatureWrongError):
        await verify(folder, signature_of(forged, known, NAMESPACE))


async def test_a_passkey_signs_in_by_a_namespace_of_its_own(folder: Path, ada: SoftPasskey) -> None:
    await named(folder, ada.line("ada"))
    document = document_to_sign_in("nonce", CONSOLE)
    armor = armor_of(ada, document, SIGN_IN)
    assert (await verify(folder, armor, document=document, namespace=SIGN_IN)).principal == "ada"
    with pytest.raises(SignatureWrongError):
        await verify(folder, armor, document=document_to_sign_in("other", CONSOLE), namespace=SIGN_IN)


async def test_a_line_is_added_once_to_a_file_that_others_cannot_write(folder: Path, ada: SoftPasskey) -> None:
    path = folder / "approvers"
    path.write_text("bob ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHx0")
    path.chmod(0o600)
    line = ada.line("ada")
    await named(folder, line)
    assert path.read_text() == f"bob ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHx0\n{line}\n"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ApproverKnownError):
        await named(folder, ada.line("eve"))


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace("ada", "*"),
        lambda line: line.replace("ada", "ada,eve"),
        lambda line: f"{line}\neve ssh-ed25519 AAAA",
        lambda line: line.replace("namespaces", "cert-authority,namespaces"),
        lambda line: line.replace(",sentinel-console", ""),
        lambda line: line.replace("AAAA", "BBBB"),
        lambda line: line.partition(" passkey:")[0],
        lambda line: f"{line} more",
        lambda line: f"# {line}",
        lambda _: "",
    ],
)
def test_only_the_very_line_of_a_passkey_is_taken(ada: SoftPasskey, change: object) -> None:
    with pytest.raises(PasskeyLineError):
        checked_line(change(ada.line("ada")))  # type: ignore[operator]


@pytest.mark.parametrize("field", ["authenticator_data", "client_data", "signature"])
@pytest.mark.parametrize("value", ["", "!", "AAAA", "A" * 400, "e30", "bnVsbA"])
def test_what_cannot_be_read_is_said_to_be_so(ada: SoftPasskey, field: str, value: str) -> None:
    assertion = ada.answer(challenge(PLAN, NAMESPACE)).model_copy(update={field: value})
    (known,) = passkeys_in(ada.line("ada"))
    if field == "authenticator_data" and len(value) > 50:
        assert signature_of(assertion, known, NAMESPACE)  # of the right length, and refused by ssh-keygen
        return
    with pytest.raises(PasskeyMalformedError):
        signature_of(assertion, known, NAMESPACE)


async def test_a_signature_that_breaks_off_is_malformed(folder: Path, ada: SoftPasskey) -> None:
    await named(folder, ada.line("ada"))
    lines = armor_of(ada).splitlines()
    with pytest.raises(SignatureMalformedError):
        await verify(folder, "\n".join((*lines[:-2], lines[-1])))
