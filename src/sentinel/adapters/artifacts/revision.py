"""The commits that a build embedded in its artifact, where the format has a place for it.

Only the artifact's own place counts: what it bundles names the commits of others. Archives are hostile: what is read of
them is bounded, and what cannot be read names no commit.
"""

import gzip
import json
import lzma
import mmap
import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from sentinel.core.release.model import NamedCommit
from sentinel.core.values.git import COMMIT
from sentinel.core.values.printable import printable

READ_LIMIT = 1 << 20
"""Bytes of one file inside an archive that are looked at."""
UNPACK_LIMIT = 256 << 20
"""Bytes that are unpacked of a compressed tar archive."""
MEMBER_LIMIT = 20_000
_MANIFEST = re.compile(
    rb"^(?:Implementation-Build|Implementation-SCM-Revision|Git-Commit|Git-Commit-Id|Git-Revision|Git-SHA|SCM-Revision"
    rb"|Scm-Commit|Build-Revision|X-Git-Commit):[ \t]*([0-9a-f]{40})[ \t]*\r?$",
    re.MULTILINE | re.IGNORECASE,
)
_PROPERTIES = re.compile(rb"^git\.commit\.id(?:\.full)?[ \t]*[=:][ \t]*([0-9a-f]{40})[ \t]*\r?$", re.MULTILINE)
_VERSIONEER = re.compile(rb'"full-revisionid": "([0-9a-f]{40})"')
_OCI_REVISION = "org.opencontainers.image.revision"
_OCI_DOCUMENT = re.compile(r"(?:\./)?(?:index\.json|blobs/sha256/[0-9a-f]{64}|[0-9a-f]{64}\.json)")
_GO_MAGIC = b"\xff Go buildinf:"
_GO_INLINE = 2
_GO_REVISION = re.compile(rb"^build\tvcs\.revision=([0-9a-f]{40})$", re.MULTILINE)
_PROGRAMS = (b"\x7fELF", b"MZ", b"\xfe\xed\xfa", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")
_Reader = Callable[[bytes], str | None]
_UNREADABLE = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    RuntimeError,  # RecursionError, NotImplementedError, and an archive that wants a password
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
    MemoryError,
)


def named_commits(path: Path, name: str) -> tuple[NamedCommit, ...]:
    """Every commit of 40 hexadecimal digits that the artifact `name` names in its own places. Never raises."""
    found: dict[str, NamedCommit] = {}
    for look in (_zip, _tar, _package_json, _go_binary):
        try:
            for place, commit in look(path, PurePosixPath(name)):
                found.setdefault(commit, NamedCommit(commit=commit, place=printable(place, limit=200)))
        except _UNREADABLE:
            continue
    return tuple(found.values())


def _zip(path: Path, name: PurePosixPath) -> Iterator[tuple[str, str]]:
    """Jars, wheels and what `git archive` made."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()[:MEMBER_LIMIT]
        own = _own_places(name, members)
        for member in members:
            read = own.get(member.filename)
            if read is not None and member.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                try:
                    with archive.open(member) as stream:
                        found = read(stream.read(READ_LIMIT))
                except _UNREADABLE:
                    continue
                if found is not None:
                    yield member.filename, found
        if found := _commit(archive.comment.decode("ascii", "replace")):
            yield "the comment of the archive", found


def _own_places(name: PurePosixPath, members: list[zipfile.ZipInfo]) -> Mapping[str, _Reader]:
    """By the kind of archive: a jar's own files, and a wheel's own metadata and top package."""
    if name.suffix in _JARS:
        return _IN_JAR
    if name.suffix != ".whl":
        return {}
    own = "-".join(name.name.split("-")[:2])
    tops = {part.split("/")[0] for part in (member.filename for member in members) if part.endswith("/_version.py")}
    project = name.name.split("-")[0].lower()
    packages = (top for top in tops if re.sub(r"[-_.]+", "_", top.lower()) == project)
    versions = {f"{package}/_version.py": _first(_VERSIONEER) for package in packages}
    return {f"{own}.dist-info/direct_url.json": _direct_url, **versions}


def _tar(path: Path, _name: PurePosixPath) -> Iterator[tuple[str, str]]:
    """npm packages, OCI layouts, `docker save`, and what `git archive` made."""
    with path.open("rb") as file:
        compressed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        if not compressed:
            with tarfile.open(fileobj=file, mode="r:") as archive:
                yield from _from_tar(archive)
            return
        with _Bounded(fileobj=file) as unpacked, tarfile.open(fileobj=unpacked, mode="r|") as archive:
            yield from _from_tar(archive)


class _Bounded(gzip.GzipFile):
    """Ends with an error after UNPACK_LIMIT bytes."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() > UNPACK_LIMIT:
            raise EOFError
        return super().read(size)


def _from_tar(archive: tarfile.TarFile) -> Iterator[tuple[str, str]]:
    annotations: list[tuple[str, str]] = []
    labels: list[tuple[str, str]] = []
    for name, content in _small_files(archive):
        if name in ("package/package.json", "./package/package.json"):
            if found := _git_head(content):
                yield f"gitHead of {name}", found
            return
        if _OCI_DOCUMENT.fullmatch(name) and _OCI_REVISION.encode() in content:
            document = json.loads(content)
            annotations += [(f"the annotation {_OCI_REVISION}", found) for found in _in_annotations(document)]
            labels += [(f"the label {_OCI_REVISION}", found) for found in _in_labels(document)]
    # The image's own annotation goes before a label, which may be the base image's.
    yield from annotations or labels
    if found := _commit(archive.pax_headers.get("comment")):
        yield "the comment of the archive", found


def _small_files(archive: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for count, member in enumerate(archive):
        if count >= MEMBER_LIMIT:
            return
        if member.isreg() and member.size <= READ_LIMIT and (stream := archive.extractfile(member)):
            yield member.name, stream.read(READ_LIMIT)


def _in_annotations(document: dict[str, object]) -> Iterator[str]:
    """In an image index or a manifest: its own annotation, or those of the manifests it lists."""
    listed = document.get("manifests")
    places = [document, *(listed if isinstance(listed, list) else [])]
    return (found for place in places if (found := _revision_in(place, "annotations")))


def _in_labels(document: dict[str, object]) -> Iterator[str]:
    return (found for found in (_revision_in(document.get("config"), "Labels"),) if found)


def _revision_in(place: object, key: str) -> str | None:
    table = place.get(key) if isinstance(place, dict) else None
    return _commit(table.get(_OCI_REVISION)) if isinstance(table, dict) else None


def _package_json(path: Path, name: PurePosixPath) -> Iterator[tuple[str, str]]:
    if name.name != "package.json" or "node_modules" in name.parts:
        return
    with path.open("rb") as stream:
        found = _git_head(stream.read(READ_LIMIT))
    if found is not None:
        yield "gitHead", found


def _go_binary(path: Path, _name: PurePosixPath) -> Iterator[tuple[str, str]]:
    """The build information that Go 1.18 and later keep inline; earlier ones embed no revision.

    Of a program alone: an image or an archive has those of others in it.
    """
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if not content[:4].startswith(_PROGRAMS):
            return
        place = content.find(_GO_MAGIC)
        while place >= 0:
            if place % 16 == 0 and content[place + 15] & _GO_INLINE:
                found = _first(_GO_REVISION)(_go_modules(content[place + 32 : place + 32 + READ_LIMIT]))
                if found is not None:
                    yield "vcs.revision of the Go build", found
                    return
            place = content.find(_GO_MAGIC, place + 1)


def _go_modules(information: bytes) -> bytes:
    """The second of two strings with their lengths before them; 16 bytes at either end of it are a mark."""
    _, rest = _go_string(information)
    modules, _ = _go_string(rest)
    return modules[16:-16]


def _go_string(data: bytes) -> tuple[bytes, bytes]:
    """Go's unsigned varint and as many bytes as it says."""
    length = 0
    for index, byte in enumerate(data[:5]):
        length |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return data[index + 1 : index + 1 + length], data[index + 1 + length :]
    return b"", b""


def _direct_url(content: bytes) -> str | None:
    return _commit(json.loads(content)["vcs_info"]["commit_id"])


def _git_head(content: bytes) -> str | None:
    return _commit(json.loads(content).get("gitHead"))


def _first(pattern: re.Pattern[bytes]) -> Callable[[bytes], str | None]:
    """A reader that returns what the first match of `pattern` holds."""

    def read(content: bytes) -> str | None:
        match = pattern.search(content)
        return match[1].decode().lower() if match else None

    return read


def _commit(value: object) -> str | None:
    return value if isinstance(value, str) and COMMIT.fullmatch(value) else None


_JARS = (".jar", ".war", ".ear")
_IN_JAR: Mapping[str, _Reader] = {
    "META-INF/MANIFEST.MF": _first(_MANIFEST),
    "git.properties": _first(_PROPERTIES),
    "BOOT-INF/classes/git.properties": _first(_PROPERTIES),
    "WEB-INF/classes/git.properties": _first(_PROPERTIES),
}
"""Maven and Gradle write the first, git-commit-id plugins the others."""
