"""The key that signs release tags: made and kept by the daemon, or named by the policy."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from anyio import to_thread

from sentinel.adapters.files import locked, put_in_place, read_regular, write_whole
from sentinel.core.values.git import SENTINEL, SENTINEL_EMAIL
from sentinel.core.values.printable import printable
from sentinel.errors.git import (
    GpgSocketPathTooLongError,
    ProgramMissingError,
    SigningKeyAmbiguousError,
    SigningKeyMissingError,
    SigningKeyUnusableError,
)

_TIMEOUT = 60
_PACKAGES = {"ssh-keygen": "openssh-client", "ssh-add": "openssh-client", "gpg": "gnupg", "gpgconf": "gnupg"}


@dataclass(frozen=True, slots=True)
class Tools:
    """Runs the programs that know keys, without a terminal to ask at."""

    environ: Mapping[str, str] = field(default_factory=dict)

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        found = shutil.which(program, path=self.environ.get("PATH", os.defpath))
        if found is None:
            raise ProgramMissingError(program=program, package=_PACKAGES[program])
        environment = {**self.environ, "LC_ALL": "C"}
        environment.pop("DISPLAY", None)
        return subprocess.run(  # noqa: S603 - fixed programs, arguments checked here
            [found, *arguments],
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env=environment,
            start_new_session=True,
            timeout=_TIMEOUT,
        )

    def must(self, key: str, program: str, *arguments: str) -> bytes:
        """What the program prints; raises SigningKeyUnusableError with its own words where it fails."""
        try:
            result = self.run(program, *arguments)
        except subprocess.TimeoutExpired as error:
            raise SigningKeyUnusableError(key=key, detail=f"{program} did not finish") from error
        if result.returncode != 0:
            raise SigningKeyUnusableError(key=key, detail=said(result.stderr) or f"{program} failed")
        return result.stdout


def said(output: bytes) -> str:
    """The sentences of a program on one line, without a banner of signs and without the point at the end."""
    lines = (line.strip() for line in output.decode("utf-8", "backslashreplace").splitlines())
    words = " ".join(line for line in lines if line and not line.startswith("@"))
    return printable(" ".join(words.split()), limit=300).rstrip(".")


_USER_ID = f"{SENTINEL} <{SENTINEL_EMAIL}>"
_SOCKET_LIMIT = 107  # sun_path of unix(7), without the final NUL
_KEY = r"((?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+) ([A-Za-z0-9+/]{40,}={0,2})"
_PUBLIC, _LITERAL = re.compile(rf"{_KEY}(?: |$)"), re.compile(rf"(?:key::)?{_KEY}(?: .*)?")
_PUBLIC_LIMIT = 16 * 1024
_FINGERPRINT = re.compile(rb"^sec:.*?\nfpr:(?:[^:]*:){8}([0-9A-F]{40}):", re.MULTILINE | re.DOTALL)
_SIGNED_BY = re.compile(rb"^\[GNUPG:\] VALIDSIG (?:\S+ ){9}([0-9A-F]{40})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key by reference; the private part stays where it is.

    `secret` is the path of an ssh private key, or of the public key of one that an ssh agent holds, or the fingerprint
    of an OpenPGP key. `public` is the file that others verify with: an ssh public key (with `allowed_signers` beside
    it) or an armored OpenPGP key. `home` is the GNUPGHOME that the daemon made; None where there is none, or the user's
    own is used.
    """

    format: Literal["ssh", "openpgp"]
    secret: str
    public: Path
    allowed_signers: Path | None = None
    home: Path | None = None

    @property
    def config(self) -> tuple[tuple[str, str], ...]:
        """What git must be told to sign and to verify with this key."""
        common = (("gpg.format", self.format), ("user.signingKey", self.secret), ("gpg.minTrustLevel", "undefined"))
        if self.allowed_signers is None:
            return (*common, ("gpg.program", "gpg"))
        # The trust level is a notion of OpenPGP; allowed_signers is ssh's.
        return (*common[:2], ("gpg.ssh.allowedSignersFile", str(self.allowed_signers)))

    @property
    def environ(self) -> dict[str, str]:
        """The variables that git must hand on to gpg."""
        return {} if self.home is None else {"GNUPGHOME": str(self.home)}

    def signed(self, status: bytes) -> bool:
        """Whether git's raw verification status names this key; ssh knows no other key than this anyway."""
        signer = _SIGNED_BY.search(status)
        return self.format == "ssh" or (signer is not None and signer[1].decode() == self.secret)

    async def close(self) -> None:
        """Ends the agent that gpg left behind; the agent of a user's own GNUPGHOME is the user's."""
        if self.home is not None:
            tools = Tools({**os.environ, **self.environ})
            await to_thread.run_sync(tools.run, "gpgconf", "--kill", "all")


async def ensure_key(
    folder: Path, format: Literal["ssh", "openpgp"], key: str, *, environ: Mapping[str, str] | None = None
) -> SigningKey:
    """The key to sign with; its public half is in `folder`: `signing.pub` and `allowed_signers`, or `signing.asc`.

    With "" as `key` it is the daemon's own ed25519 key, made at the first call and kept; an interrupted making is
    repeated. Else it is the path of an ssh private key, or an OpenPGP key id in the GNUPGHOME of `environ` (default:
    this process's). Raises ProgramMissingError, SigningKeyMissingError, SigningKeyAmbiguousError,
    SigningKeyUnusableError, GpgSocketPathTooLongError.
    """
    tools = Tools(os.environ if environ is None else environ)
    return await to_thread.run_sync(_ensure, tools, folder.absolute(), format, key)


def _ensure(tools: Tools, folder: Path, format: Literal["ssh", "openpgp"], key: str) -> SigningKey:
    with locked(folder):
        return _ssh_key(tools, folder, key) if format == "ssh" else _openpgp_key(tools, folder, key)


def _ssh_key(tools: Tools, folder: Path, key: str) -> SigningKey:
    secret, public = _ssh_halves(tools, folder, key)
    _keep(folder / "signing.pub", f"{public} {SENTINEL_EMAIL}\n".encode())
    _keep(folder / "allowed_signers", f'{SENTINEL_EMAIL} namespaces="git" {public}\n'.encode())
    return SigningKey("ssh", str(secret), folder / "signing.pub", allowed_signers=folder / "allowed_signers")


def _ssh_halves(tools: Tools, folder: Path, key: str) -> tuple[Path, str]:
    """The file that ssh-keygen is to sign with, and the public half.

    A public key in that file, or in `key` itself as in git's user.signingKey, is that of one that an ssh agent holds.
    """
    if literal := _LITERAL.fullmatch(key):
        held = folder / "agent.pub"
        _keep(held, f"{literal[1]} {literal[2]}\n".encode())
        return held, f"{literal[1]} {literal[2]}"
    secret = Path(key).expanduser().absolute() if key else folder / "signing"
    if not key and not secret.exists():
        _make_ssh_key(tools, folder, secret)
    if not secret.is_file():
        raise SigningKeyMissingError(key=printable(key, limit=100))
    if held_by_agent := _public_half(secret):
        return secret, held_by_agent
    try:
        return secret, _derived(tools, secret)
    except SigningKeyUnusableError:
        beside = _public_half(secret.with_name(f"{secret.name}.pub"))
        if beside is None or beside not in _held_by_agent(tools):
            raise
        return secret.with_name(f"{secret.name}.pub"), beside


def _derived(tools: Tools, secret: Path) -> str:
    """The public half of a private key, which is asked of ssh-keygen once for each content of the file."""
    found = secret.stat()
    content = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    if content not in _DERIVED:
        printed = tools.must(str(secret), "ssh-keygen", "-y", "-P", "", "-f", str(secret))
        _DERIVED[content] = " ".join(printed.decode("utf-8", "replace").split()[:2])
    return _DERIVED[content]


_DERIVED: dict[tuple[int, ...], str] = {}


def _keep(path: Path, content: bytes) -> None:
    """Every look at the key comes here: what is there already is not written again."""
    if read_regular(path, len(content) + 1) != content:
        write_whole(path, content)


def _public_half(file: Path) -> str | None:
    """Type and key of a file with a public key; None where it is another file, or none."""
    line = (read_regular(file, _PUBLIC_LIMIT) or b"").decode("utf-8", "replace").strip()
    match = _PUBLIC.match(line)
    return f"{match[1]} {match[2]}" if match else None


def _held_by_agent(tools: Tools) -> tuple[str, ...]:
    """The public keys that the daemon's ssh agent lists: it may have what the file has under a passphrase."""
    if not tools.environ.get("SSH_AUTH_SOCK"):
        return ()
    lines = tools.run("ssh-add", "-L").stdout.decode("utf-8", "replace").splitlines()
    return tuple(f"{match[1]} {match[2]}" for match in map(_PUBLIC.match, lines) if match)


def _make_ssh_key(tools: Tools, folder: Path, secret: Path) -> None:
    """Makes the key aside and renames it, so that there is a whole one or none."""
    partial = folder / "signing.partial"
    for leftover in (partial, partial.with_suffix(".partial.pub")):
        leftover.unlink(missing_ok=True)
    options = ("-q", "-t", "ed25519", "-N", "", "-C", SENTINEL_EMAIL, "-f", str(partial))
    tools.must("of its own", "ssh-keygen", *options)
    partial.with_suffix(".partial.pub").unlink()
    put_in_place(partial, secret)


def _openpgp_key(tools: Tools, folder: Path, key: str) -> SigningKey:
    home = None if key else folder / "gnupg"
    if home is not None:
        home.mkdir(mode=0o700, exist_ok=True)
        tools = Tools({**tools.environ, "GNUPGHOME": str(home)})
        _check_socket_path(tools)
    found = _secret_keys(tools, key)
    if not found and not key:
        loopback = ("--pinentry-mode", "loopback", "--passphrase", "")
        words = ("--quick-gen-key", _USER_ID, "ed25519", "sign", "never")
        tools.must("of its own", "gpg", "--batch", "--quiet", *loopback, *words)
        found = _secret_keys(tools, key)
    if not found:
        raise SigningKeyMissingError(key=printable(key, limit=100))
    if key and len(found) > 1:
        raise SigningKeyAmbiguousError(key=printable(key))
    public = tools.must(found[0], "gpg", "--batch", "--armor", "--export", found[0])
    write_whole(folder / "signing.asc", public)
    return SigningKey("openpgp", found[0], folder / "signing.asc", home=home)


def _secret_keys(tools: Tools, key: str) -> list[str]:
    """The fingerprints of the primary secret keys that `key` names; of all where it is empty."""
    wanted = ("--", key) if key else ()
    listing = tools.run("gpg", "--batch", "--with-colons", "--fingerprint", "--list-secret-keys", *wanted)
    return [match.decode() for match in _FINGERPRINT.findall(listing.stdout)]


def _check_socket_path(tools: Tools) -> None:
    printed = tools.must("of its own", "gpgconf", "--list-dirs", "agent-socket")
    path = printed.decode("utf-8", "surrogateescape").strip()
    if len(os.fsencode(path)) > _SOCKET_LIMIT:
        raise GpgSocketPathTooLongError(path=printable(path), limit=_SOCKET_LIMIT)


_SAMPLE = b"Sentinel tries whether this key can sign.\n"
_NAMESPACE = "sentinel-try"
_EXPIRED = re.compile(rb"^\[GNUPG:\] KEYEXPIRED (\d+)", re.MULTILINE)
_REVOKED = re.compile(rb"^\[GNUPG:\] KEYREVOKED", re.MULTILINE)
_INVALID = re.compile(rb"^\[GNUPG:\] INV_SGNR (\d+)", re.MULTILINE)
_FAILED = re.compile(rb"signing failed: ([^\n]+)")
_REASONS = {
    b"3": "it is not for signing",
    b"4": "it is revoked",
    b"5": "it has expired",
    b"9": "no secret key is there",
}
"""Of gpg's INV_SGNR, see DETAILS of GnuPG."""
_ASKS = re.compile(r"pinentry|passphrase|ioctl|cancelled|timeout", re.IGNORECASE)
_SIGNS = re.compile(
    rb"^(?:sec|ssb):([^:]*):[^:]*:[^:]*:[^:]*:[^:]*:(\d*):[^:]*:[^:]*:[^:]*:[^:]*:([^:]*):", re.MULTILINE
)


def refusal(key: SigningKey, tools: Tools) -> str | None:
    """Why the key does not sign, as its program says it; None where it does. Raises ProgramMissingError."""
    try:
        return _ssh(key, tools) if key.format == "ssh" else _openpgp(key, tools)
    except subprocess.TimeoutExpired as error:
        program = "ssh-keygen" if key.format == "ssh" else "gpg"
        return f"{program} did not finish within {error.timeout:g} s; it may wait for a touch or a passphrase"


def expiry(key: SigningKey, tools: Tools) -> datetime | None:
    """When the last of its parts that can sign expires; None where one never does, or for an ssh key."""
    if key.format == "ssh":
        return None
    listing = tools.run("gpg", "--batch", "--with-colons", "--list-secret-keys", key.secret).stdout
    ends = [int(end or 0) for trust, end, able in _SIGNS.findall(listing) if b"s" in able and trust not in (b"r", b"d")]
    return None if not ends or 0 in ends else datetime.fromtimestamp(max(ends), UTC)


def _ssh(key: SigningKey, tools: Tools) -> str | None:
    with tempfile.TemporaryDirectory(prefix="sentinel-") as folder:
        sample = Path(folder) / "sample"
        sample.write_bytes(_SAMPLE)
        done = tools.run("ssh-keygen", "-Y", "sign", "-n", _NAMESPACE, "-f", key.secret, str(sample))
    if done.returncode == 0:
        return None
    return said(done.stderr) or "ssh-keygen does not say why"


def _openpgp(key: SigningKey, tools: Tools) -> str | None:
    words = ("--batch", "--no-tty", "--status-fd", "2", "--local-user", key.secret, "--detach-sign")
    with tempfile.TemporaryDirectory(prefix="sentinel-") as folder:
        sample = Path(folder) / "sample"
        sample.write_bytes(_SAMPLE)
        done = tools.run("gpg", *words, "--output", str(Path(folder) / "signature"), str(sample))
    if done.returncode == 0:
        return None
    # gpg has no status line for this where it finds no other key.
    end = expiry(key, tools)
    return _expired(end) if end is not None and end < datetime.now(UTC) else _reason(done.stderr)


def _expired(end: datetime) -> str:
    return f"it expired on {end:%Y-%m-%d %H:%M} UTC"


def _reason(status: bytes) -> str:
    if expired := _EXPIRED.search(status):
        return _expired(datetime.fromtimestamp(int(expired[1]), UTC))
    if _REVOKED.search(status):
        return "it is revoked"
    if (invalid := _INVALID.search(status)) and invalid[1] in _REASONS:
        return _REASONS[invalid[1]]
    lines = b"\n".join(line for line in status.splitlines() if not line.startswith(b"[GNUPG:]"))
    failed = _FAILED.search(lines)
    words = said(failed[1]) if failed else said(lines)
    if _ASKS.search(words):
        return f"gpg says: {words}; it asks for a passphrase, and nobody is there to type it"
    return f"gpg says: {words}" if words else "gpg does not say why"
