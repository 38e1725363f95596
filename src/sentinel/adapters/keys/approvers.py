"""Who may approve: files of the daemon in ssh's allowed_signers format, which ssh-keygen reads and verifies with."""

import os
import re
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from anyio import to_thread

from sentinel.adapters import files
from sentinel.adapters.keys.ssh_signatures import decide
from sentinel.core.approval.passkeys import Passkey, RelyingParty, check_passkey
from sentinel.core.approval.question import NAMESPACE
from sentinel.core.approval.sshsig import SshSignature, read_signature
from sentinel.core.release.model import Signature
from sentinel.core.values.printable import printable
from sentinel.errors.approval import (
    AmbiguousApproverError,
    ApproverKnownError,
    ApproversUnfitError,
    NobodyTouchedError,
    SignatureWrongError,
    UnknownApproverError,
)

SIZE_LIMIT = 256 * 1024
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_KEY = re.compile(r"(?:^|[ \t])((?:sk-)?(?:ssh|ecdsa)-[A-Za-z0-9@.-]+)[ \t]+(AAAA[A-Za-z0-9+/]+={0,3})(?=\s|$)")
_PATTERN = re.compile(r"[*?!,]")


@dataclass(frozen=True, slots=True)
class ApproverFiles:
    """The files in `folder`, which is the daemon's; nobody else may be able to write there.

    Passkeys are those of the console that browsers know as `relying_party`.
    """

    folder: Path
    relying_party: RelyingParty

    async def keys(self, file: str) -> tuple[str, ...]:
        """The public keys that `file` names, whatever their options say. Raises ApproversUnfitError."""
        return await to_thread.run_sync(self._keys, file)

    async def content(self, file: str) -> bytes:
        """The bytes of `file`. Raises ApproversUnfitError."""
        return await to_thread.run_sync(self._read, file)

    async def add(self, file: str, passkey: Passkey, line: str) -> None:
        """Adds the line of a passkey, and makes the file where there is none.

        Raises ApproverKnownError or ApproversUnfitError.
        """
        await to_thread.run_sync(self._add, file, passkey, line)

    async def verify(
        self, file: str, document: bytes, armor: str, *, by: str, at: datetime, namespace: str = NAMESPACE
    ) -> Signature:
        """The signature of `document` that `armor` is, by a key that `file` lets approve at that time.

        Raises SignatureMalformedError, SignatureWrongError, UnknownApproverError, AmbiguousApproverError,
        NobodyTouchedError, PasskeyElsewhereError, PasskeyUnverifiedError, ApproversUnfitError or ProgramMissingError.
        """
        return await to_thread.run_sync(self._verify, file, document, armor, by, at, namespace)

    def _add(self, file: str, passkey: Passkey, line: str) -> None:
        path = self.folder / file
        before = self._read(file) if path.exists() else b""
        if passkey.public_key.encode() in before:
            raise ApproverKnownError(file=file)
        separator = b"" if not before or before.endswith(b"\n") else b"\n"
        try:
            files.write_whole(path, before + separator + f"{line}\n".encode(), mode=files.SECRET)
        except OSError as error:
            raise ApproversUnfitError(path=path, detail=error.strerror or str(error)) from None

    def _keys(self, file: str) -> tuple[str, ...]:
        lines = self._read(file).decode("utf-8", "replace").splitlines()
        found = (_KEY.search(line) for line in lines if not line.lstrip().startswith("#"))
        keys = tuple(f"{match[1]} {match[2]}" for match in found if match is not None)
        if not keys:
            raise ApproversUnfitError(path=self.folder / file, detail="it names no key")
        return keys

    def _verify(self, file: str, document: bytes, armor: str, by: str, at: datetime, namespace: str) -> Signature:
        claimed = read_signature(armor)
        approvers = self._read(file)
        if claimed.namespace != namespace:
            raise SignatureWrongError(detail=f"it was made for {printable(claimed.namespace, limit=60)}")
        check_passkey(claimed, self.relying_party)
        with tempfile.TemporaryDirectory(prefix="sentinel-approval-") as folder:  # mode 0700
            check = _Check(Path(folder), document, at, namespace)
            check.allowed.write_bytes(approvers)
            check.signature.write_text(armor)
            principal = check.principal(claimed, file)
            check.holds(principal)
        if claimed.present is False:
            raise NobodyTouchedError(fingerprint=claimed.fingerprint)
        return Signature(
            principal=principal,
            fingerprint=claimed.fingerprint,
            public_key=claimed.public_key,
            armor=armor,
            by=by,
        )

    def _read(self, file: str) -> bytes:
        """Raises ApproversUnfitError also where someone else could have written what is read."""
        path = self.folder / file
        try:
            with files.open_regular(path, follow=False) as opened:
                _require_own(path, os.fstat(opened.fileno()), "it")
                _require_own(path, self.folder.stat(), "its folder")
                return files.read_all(opened, SIZE_LIMIT)
        except OSError as error:
            raise ApproversUnfitError(path=path, detail=error.strerror or str(error)) from None


def _require_own(path: Path, found: os.stat_result, what: str) -> None:
    if found.st_uid not in (0, os.geteuid()):
        raise ApproversUnfitError(path=path, detail=f"{what} belongs to another user than the daemon's")
    if found.st_mode & _OTHERS_WRITE:
        raise ApproversUnfitError(path=path, detail=f"{what} can be written by others")


@dataclass(frozen=True, slots=True)
class _Check:
    """One signature in a private folder, held against an allowed_signers file as of one moment."""

    folder: Path
    document: bytes
    at: datetime
    namespace: str

    @property
    def allowed(self) -> Path:
        return self.folder / "approvers"

    @property
    def signature(self) -> Path:
        return self.folder / "signature"

    def principal(self, claimed: SshSignature, file: str) -> str:
        """The one name of the key in the file."""
        found = self._run("find-principals")
        names = found.stdout.decode("utf-8", "surrogateescape").splitlines()
        if found.returncode or not names:
            raise UnknownApproverError(fingerprint=claimed.fingerprint, file=file, detail=_said(found))
        shown = printable(names[0], limit=200)
        if len(names) > 1 or claimed.is_certificate or shown != names[0] or _PATTERN.search(names[0]):
            listed = ", ".join(printable(name, limit=60) for name in names[:5])
            raise AmbiguousApproverError(fingerprint=claimed.fingerprint, file=file, names=listed)
        return names[0]

    def holds(self, principal: str) -> None:
        found = self._run("verify", "-I", principal, "-n", self.namespace)
        if found.returncode:
            raise SignatureWrongError(detail=_said(found))

    def _run(self, action: str, *options: str) -> subprocess.CompletedProcess[bytes]:
        moment = f"-Overify-time={self.at.astimezone(UTC):%Y%m%d%H%M%S}Z"
        files = ("-f", str(self.allowed), "-s", str(self.signature))
        return decide(action, *files, moment, *options, message=self.document)


def _said(found: subprocess.CompletedProcess[bytes]) -> str:
    """What ssh-keygen says is wrong, without the path of the copy that it read."""
    lines = found.stderr.decode("utf-8", "backslashreplace").replace("\r", "").splitlines()
    words = [re.sub(r"^.*/approvers:", "line ", line) for line in lines if line.strip()]
    return printable("; ".join(words), limit=300).rstrip(".") or "ssh-keygen does not say why"
