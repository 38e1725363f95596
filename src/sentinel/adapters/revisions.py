"""The commit that a build embedded in its artifact, where the format has a place for it (design 6)."""

import json
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

_COMMIT = re.compile(rb"\b[0-9a-f]{40}\b")
_GO_REVISION = re.compile(rb"build\tvcs\.revision=([0-9a-f]{40})\n")
_GO_MAGIC = b"\xff Go buildinf:"
_MANIFEST = re.compile(
    rb"^(?:Implementation-Build|Git-Commit|Git-Revision|SCM-Revision|Build-Revision|X-Git-Commit):\s*([0-9a-f]{40})\s*$",
    re.MULTILINE | re.IGNORECASE,
)
_OCI_REVISION = "org.opencontainers.image.revision"
READ_LIMIT = 1024 * 1024
"""Bytes of one file inside an archive that are looked at."""
SCAN_LIMIT = 256 * 1024 * 1024
MEMBER_LIMIT = 2000


def embedded_revision(path: Path) -> str | None:
    """The 40 hexadecimal digits that the artifact names as its commit, or None where it names none."""
    for look in (_archive, _tarball, _package_json, _go_binary):
        try:
            found = look(path)
        except (OSError, ValueError, KeyError, EOFError, tarfile.TarError, zipfile.BadZipFile, RecursionError):
            continue
        if found is not None:
            return found
    return None


def _archive(path: Path) -> str | None:
    """Jars by their manifest, wheels by `direct_url.json`."""
    if not zipfile.is_zipfile(path):
        return None
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist()[:MEMBER_LIMIT]:
            read = next((reader for end, reader in _ZIP_READERS.items() if member.filename.endswith(end)), None)
            if read is not None:
                with archive.open(member) as stream:
                    found = read(stream.read(READ_LIMIT))
                if found is not None:
                    return found
    return None


def _manifest(content: bytes) -> str | None:
    match = _MANIFEST.search(content)
    return match[1].decode() if match else None


def _direct_url(content: bytes) -> str | None:
    return _commit(json.loads(content)["vcs_info"]["commit_id"])


def _git_head(content: bytes) -> str | None:
    return _commit(json.loads(content).get("gitHead"))


_ZIP_READERS: dict[str, Callable[[bytes], str | None]] = {
    "META-INF/MANIFEST.MF": _manifest,
    ".dist-info/direct_url.json": _direct_url,
}


def _tarball(path: Path) -> str | None:
    """npm packages by `package.json`, OCI layouts by their label or annotation."""
    if not tarfile.is_tarfile(path):
        return None
    with tarfile.open(path) as archive:
        for count, member in enumerate(archive):
            if count >= MEMBER_LIMIT:
                break
            stream = archive.extractfile(member) if member.isfile() and member.size <= READ_LIMIT else None
            found = _tar_member(member.name, stream.read()) if stream else None
            if found is not None:
                return found
    return None


def _tar_member(name: str, content: bytes) -> str | None:
    if name.endswith("package/package.json"):
        return _git_head(content)
    if name == "index.json" or "blobs/sha256/" in name:
        return _oci(content)
    return None


def _oci(content: bytes) -> str | None:
    if not content.lstrip().startswith(b"{") or _OCI_REVISION.encode() not in content:
        return None
    return _search(json.loads(content))


def _search(value: object) -> str | None:
    """The first OCI revision label anywhere in a JSON document."""
    if isinstance(value, dict):
        return _commit(value.get(_OCI_REVISION)) or next(
            (found for item in value.values() if (found := _search(item))), None
        )
    if isinstance(value, list):
        return next((found for item in value if (found := _search(item))), None)
    return None


def _package_json(path: Path) -> str | None:
    if path.name != "package.json" or path.stat().st_size > READ_LIMIT:
        return None
    return _git_head(path.read_bytes())


def _go_binary(path: Path) -> str | None:
    """Go writes `vcs.revision` into the build information of its binaries."""
    with path.open("rb") as stream:
        content = stream.read(SCAN_LIMIT)
    match = _GO_REVISION.search(content) if _GO_MAGIC in content else None
    return match[1].decode() if match else None


def _commit(value: object) -> str | None:
    return value if isinstance(value, str) and _COMMIT.fullmatch(value.encode()) else None
