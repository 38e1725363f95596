"""Whether a key can sign now, and in whose words it cannot: the reasons of ssh-keygen and of gpg's status lines."""

import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sentinel.adapters.keys.programs import Tools, said
from sentinel.adapters.keys.tag_key import SigningKey

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
