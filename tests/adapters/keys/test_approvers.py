"""Who may sign an approval, by real keys, real ssh-keygen and files as people write them."""

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sentinel.adapters.keys.approvers import SIZE_LIMIT, ApproverFiles
from sentinel.core.approval.passkeys import RelyingParty
from sentinel.core.approval.question import NAMESPACE
from sentinel.core.release.model import Signature
from sentinel.errors import SentinelError
from sentinel.errors.approval import (
    AmbiguousApproverError,
    ApproversUnfitError,
    NobodyTouchedError,
    SignatureMalformedError,
    SignatureWrongError,
    UnknownApproverError,
)
from tests.adapters.hardware_key import TOUCHED, VERIFIED, HardwareKey
from tests.protocol.approvers import Person

PLAN = b'{"version":"1.2.0"}'
CONSOLE = RelyingParty(id="localhost", origin="http://localhost:7467")
NOON = datetime(2030, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shared"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def ada(tmp_path: Path) -> Person:
    return Person.create(tmp_path, "ada")


def write(folder: Path, *lines: str) -> None:
    path = folder / "approvers"
    path.write_text("".join(f"{line}\n" for line in lines))
    path.chmod(0o600)


async def verify(folder: Path, armor: str, *, document: bytes = PLAN, at: datetime = NOON) -> Signature:
    return await ApproverFiles(folder, CONSOLE).verify("approvers", document, armor, by="person:ada", at=at)


async def test_a_signature_names_the_person_and_the_key(folder: Path, ada: Person) -> None:
    write(folder, "# who may", ada.line())
    armor = ada.sign(PLAN.decode())
    found = await verify(folder, armor)
    assert (found.principal, found.public_key, found.armor, found.by) == ("ada", ada.public, armor, "person:ada")
    listed = subprocess.run(["ssh-keygen", "-lf", f"{ada.key}.pub"], check=True, capture_output=True, text=True)  # noqa: ASYNC221 - quick
    assert found.fingerprint == listed.stdout.split()[1]
    assert await ApproverFiles(folder, CONSOLE).keys("approvers") == (ada.public,)


async def test_another_document_or_another_purpose_is_not_signed(folder: Path, ada: Person) -> None:
    write(folder, ada.line())
    with pytest.raises(SignatureWrongError):
        await verify(folder, ada.sign("another"))
    with pytest.raises(SignatureWrongError, match="it was made for git"):
        await verify(folder, ada.sign(PLAN.decode(), namespace="git"))


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ('namespaces="git"', SignatureWrongError, "not permitted for use in signature namespace"),
        ('valid-before="20200101"', UnknownApproverError, "key has expired"),
        ('valid-after="20400101"', UnknownApproverError, "not yet valid"),
        ("no-touch-required", UnknownApproverError, "unknown key option"),
        ("cert-authority", UnknownApproverError, "No principal matched"),
    ],
)
async def test_what_a_line_of_the_file_says_of_its_key_holds(
    folder: Path, ada: Person, options: str, error: type[SentinelError], said: str
) -> None:
    write(folder, ada.line(options))
    with pytest.raises(error, match=said):
        await verify(folder, ada.sign(PLAN.decode()))


async def test_a_key_is_valid_by_the_clock_of_the_daemon(folder: Path, ada: Person) -> None:
    write(folder, ada.line('namespaces="sentinel-approval",valid-after="20300101",valid-before="20300601"'))
    armor = ada.sign(PLAN.decode())
    assert (await verify(folder, armor)).principal == "ada"
    for at in (NOON - timedelta(days=365), NOON + timedelta(days=60)):
        with pytest.raises(UnknownApproverError):
            await verify(folder, armor, at=at)


async def test_a_key_that_the_file_does_not_name_may_not_approve(folder: Path, ada: Person, tmp_path: Path) -> None:
    write(folder, ada.line())
    mallory = Person.create(tmp_path, "mallory")
    with pytest.raises(UnknownApproverError, match=r"No principal matched\. Sign with a key that approvers on"):
        await verify(folder, mallory.sign(PLAN.decode()))


@pytest.mark.parametrize("names", ["ada,bob", "*@example.org", "?da", "!ada", '"ada\x1b[8m"'])
async def test_a_key_without_one_plain_name_says_nothing_of_who_signed(folder: Path, ada: Person, names: str) -> None:
    write(folder, f"{names} {ada.public}")
    with pytest.raises((AmbiguousApproverError, UnknownApproverError)) as refused:
        await verify(folder, ada.sign(PLAN.decode()))
    assert "\x1b" not in str(refused.value)


@pytest.mark.parametrize("name", ["-n", "-fother", "--", '"ada lovelace"', "$(id)"])
async def test_a_name_is_never_taken_for_an_option_or_a_command(folder: Path, ada: Person, name: str) -> None:
    write(folder, f"{name} {ada.public}")
    assert (await verify(folder, ada.sign(PLAN.decode()))).principal == name.strip('"')


@pytest.mark.parametrize("flags", [TOUCHED, TOUCHED | VERIFIED])
async def test_a_hardware_key_that_was_touched_approves(folder: Path, flags: int) -> None:
    key = HardwareKey()
    write(folder, f"ada {key.public}")
    found = await verify(folder, key.sign(PLAN, namespace=NAMESPACE, flags=flags))
    assert (found.principal, found.public_key) == ("ada", key.public)


@pytest.mark.parametrize("flags", [0, VERIFIED])
async def test_a_hardware_key_that_nobody_touched_does_not(folder: Path, flags: int) -> None:
    """ssh-keygen itself accepts such a signature."""
    key = HardwareKey()
    write(folder, f"ada {key.public}")
    with pytest.raises(NobodyTouchedError):
        await verify(folder, key.sign(PLAN, namespace=NAMESPACE, flags=flags))


async def test_the_touch_is_signed_too(folder: Path) -> None:
    key = HardwareKey()
    write(folder, f"ada {key.public}")
    untouched, touched = (key.sign(PLAN, namespace=NAMESPACE, flags=flags) for flags in (0, TOUCHED))
    assert untouched != touched
    lines = untouched.splitlines()
    lines[-2] = touched.splitlines()[-2]  # the flags stand at the end
    with pytest.raises(SignatureWrongError):
        await verify(folder, "\n".join(lines))


@pytest.mark.parametrize(
    "armor",
    [
        "",
        "DEPLOY-NOW",
        "-----BEGIN SSH SIGNATURE-----\n!\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\n\u0661\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\nU1NIU0lH\n-----END SSH SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\n" + "A" * 20_000 + "\n-----END SSH SIGNATURE-----",
    ],
)
async def test_what_is_no_signature_is_refused(folder: Path, ada: Person, armor: str) -> None:
    write(folder, ada.line())
    with pytest.raises(SignatureMalformedError):
        await verify(folder, armor)


async def test_a_signature_that_is_cut_anywhere_is_refused(folder: Path, ada: Person) -> None:
    write(folder, ada.line())
    lines = ada.sign(PLAN.decode()).splitlines()
    for kept in range(1, len(lines) - 1):
        with pytest.raises((SignatureMalformedError, SignatureWrongError, UnknownApproverError)):
            await verify(folder, "\n".join((*lines[:kept], lines[-1])))


def make_link(path: Path) -> None:
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


UNFIT: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: path.unlink(), "No such file"),
    "link": (make_link, "symbolic links"),
    "pipe": (make_pipe, "not a regular file"),
    "folder": (make_folder, "not a regular file"),
    "group": (lambda path: path.chmod(0o620), "it can be written by others"),
    "world": (lambda path: path.chmod(0o602), "it can be written by others"),
    "in an open folder": (lambda path: path.parent.chmod(0o777), "its folder can be written by others"),
    "large": (lambda path: path.write_bytes(b"#" * (SIZE_LIMIT + 1)), "larger than"),
}


@pytest.mark.parametrize("how", UNFIT)
async def test_a_file_that_others_may_have_written_is_not_believed(folder: Path, ada: Person, how: str) -> None:
    write(folder, ada.line())
    spoil, said = UNFIT[how]
    spoil(folder / "approvers")
    for asked in (ApproverFiles(folder, CONSOLE).keys("approvers"), verify(folder, ada.sign(PLAN.decode()))):
        with pytest.raises(ApproversUnfitError, match=said):
            await asked


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away: foreign owners are NOT tested")
async def test_a_file_of_another_user_is_not_believed(folder: Path, ada: Person) -> None:
    write(folder, ada.line())
    os.chown(folder / "approvers", 12345, -1)
    with pytest.raises(ApproversUnfitError, match="it belongs to another user than the daemon's"):
        await verify(folder, ada.sign(PLAN.decode()))


async def test_a_file_without_a_key_lets_nobody_approve(folder: Path, ada: Person) -> None:
    write(folder, "# nobody")
    with pytest.raises(ApproversUnfitError, match="it names no key"):
        await ApproverFiles(folder, CONSOLE).keys("approvers")
    with pytest.raises(UnknownApproverError):
        await verify(folder, ada.sign(PLAN.decode()))
