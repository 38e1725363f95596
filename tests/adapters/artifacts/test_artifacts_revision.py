"""The commit that artifacts name: every format that has a place for it, and archives made to do harm."""

import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from sentinel.adapters.artifacts import revision
from sentinel.adapters.artifacts.revision import named_commits
from tests.adapters.repositories import Repository, isolated_environ

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
LABEL = "org.opencontainers.image.revision"


def embedded_revision(path: Path) -> str | None:
    """The one commit that it names."""
    named = named_commits(path, path.name)
    assert len(named) <= 1
    return named[0].commit if named else None


def zipped(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def tarred(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def blob(document: object) -> tuple[str, bytes]:
    content = json.dumps(document).encode()
    return f"blobs/sha256/{hashlib.sha256(content).hexdigest()}", content


def go_binary(path: Path, settings: str) -> Path:
    """What `go build` of 1.18 and later writes: mark, flags, and two strings with their lengths."""
    modules = b"0" * 16 + settings.encode() + b"1" * 16
    version = b"go1.24.1"
    lengths = bytes([len(version)]), bytes([len(modules) & 0x7F | 0x80, len(modules) >> 7])
    information = b"\xff Go buildinf:\x08\x02".ljust(32, b"\0") + lengths[0] + version + lengths[1] + modules
    path.write_bytes(b"\x7fELF".ljust(4096, b"\0") + b"\xff Go buildinf:" + b"x" * 17 + b"\0" * 33 + information)
    return path


@pytest.mark.parametrize("key", ["Implementation-Build", "Git-Commit", "SCM-Revision", "Build-Revision", "git-sha"])
def test_a_jar_names_its_commit_in_the_manifest(tmp_path: Path, key: str) -> None:
    manifest = f"Manifest-Version: 1.0\r\n{key}: {COMMIT}\r\nCreated-By: x\r\n"
    assert embedded_revision(zipped(tmp_path / "a.jar", {"META-INF/MANIFEST.MF": manifest})) == COMMIT


DIRECT_URL = json.dumps({"url": "x", "vcs_info": {"vcs": "git", "commit_id": COMMIT}})
VERSIONEER = f'version_json = """\n "full-revisionid": "{COMMIT}",\n"""'
PROPERTIES = f"git.branch=main\ngit.commit.id.full={COMMIT}\n"
OWN = [
    ("app-1.0-py3-none-any.whl", "app-1.0.dist-info/direct_url.json", DIRECT_URL),
    ("app-1.0-py3-none-any.whl", "app/_version.py", VERSIONEER),
    ("my_app-1.0-py3-none-any.whl", "My.App/_version.py", VERSIONEER),
    ("app.jar", "BOOT-INF/classes/git.properties", PROPERTIES),
    ("app.war", "WEB-INF/classes/git.properties", PROPERTIES),
    ("app.jar", "git.properties", PROPERTIES),
]
OTHERS = [
    ("app-1.0-py3-none-any.whl", "helper-0.3.dist-info/direct_url.json", DIRECT_URL),
    ("app-1.0-py3-none-any.whl", "helper/_version.py", VERSIONEER),
    ("app-1.0-py3-none-any.whl", "app/_vendor/helper/_version.py", VERSIONEER),
    ("app-1.0-py3-none-any.whl", "app/vendor.dist-info/direct_url.json", DIRECT_URL),
    ("lambda.zip", "helper-0.3.dist-info/direct_url.json", DIRECT_URL),
    ("lambda.zip", "frames/_version.py", VERSIONEER),
    ("lambda.zip", "META-INF/MANIFEST.MF", f"Git-Commit: {COMMIT}\n"),
    ("app.pyz", "helper/_version.py", VERSIONEER),
    ("app.jar", "BOOT-INF/lib/helper/git.properties", PROPERTIES),
    ("app.jar", "org/helper/git.properties", PROPERTIES),
    ("app.jar", "META-INF/versions/9/META-INF/MANIFEST.MF", f"Git-Commit: {COMMIT}\n"),
]


@pytest.mark.parametrize(("archive", "name", "text"), OWN)
def test_an_archive_names_its_commit_in_its_own_place(tmp_path: Path, archive: str, name: str, text: str) -> None:
    (named,) = named_commits(zipped(tmp_path / archive, {"first.txt": "", name: text}), archive)
    assert (named.commit, named.place) == (COMMIT, name)


@pytest.mark.parametrize(("archive", "name", "text"), OTHERS)
def test_what_an_archive_bundles_says_nothing(tmp_path: Path, archive: str, name: str, text: str) -> None:
    assert named_commits(zipped(tmp_path / archive, {"first.txt": "", name: text}), archive) == ()


def test_a_package_of_node_modules_and_a_program_inside_of_another_file_say_nothing(tmp_path: Path) -> None:
    package = tmp_path / "package.json"
    package.write_text(json.dumps({"gitHead": COMMIT}))
    assert named_commits(package, "dist/node_modules/helper/package.json") == ()
    assert [one.place for one in named_commits(package, "dist/package.json")] == ["gitHead"]
    go = go_binary(tmp_path / "helper", f"build\tvcs.revision={COMMIT}\n").read_bytes()
    image = tarred(tmp_path / "image.tar", {"layer": b"\0" * 512 + go})
    assert named_commits(image, "image.tar") == ()


def test_all_that_an_archive_names_is_told(tmp_path: Path) -> None:
    files = {"META-INF/MANIFEST.MF": f"Git-Commit: {OTHER}\n", "git.properties": PROPERTIES}
    named = named_commits(zipped(tmp_path / "a.jar", files), "a.jar")
    assert [(one.commit, one.place) for one in named] == [(OTHER, "META-INF/MANIFEST.MF"), (COMMIT, "git.properties")]


def test_npm_packages_name_their_commit(tmp_path: Path) -> None:
    text = json.dumps({"name": "app", "gitHead": COMMIT})
    assert embedded_revision(tarred(tmp_path / "app.tgz", {"package/package.json": text.encode()})) == COMMIT
    (tmp_path / "package.json").write_text(text)
    assert embedded_revision(tmp_path / "package.json") == COMMIT


@pytest.mark.parametrize("suffix", ["tar", "tgz"])
def test_an_image_names_its_commit_in_label_or_annotation_and_the_annotation_counts(
    tmp_path: Path, suffix: str
) -> None:
    labelled = blob({"config": {"Labels": {LABEL: COMMIT}}})
    inherited = blob({"config": {"Labels": {LABEL: OTHER}}})
    plain = json.dumps({"manifests": [{"digest": "x"}]}).encode()
    annotated = json.dumps({"manifests": [{"digest": "x", "annotations": {LABEL: COMMIT}}]}).encode()
    assert embedded_revision(tarred(tmp_path / f"a.{suffix}", {**dict([labelled]), "index.json": plain})) == COMMIT
    assert embedded_revision(tarred(tmp_path / f"b.{suffix}", {**dict([inherited]), "index.json": annotated})) == COMMIT


def test_a_go_binary_names_its_commit(tmp_path: Path) -> None:
    settings = f"path\texample.org/app\nbuild\tvcs=git\nbuild\tvcs.revision={COMMIT}\nbuild\tvcs.modified=false\n"
    assert embedded_revision(go_binary(tmp_path / "app", settings)) == COMMIT
    assert embedded_revision(go_binary(tmp_path / "app", "path\texample.org/app\n")) is None


def test_what_git_archive_packs_names_its_commit(tmp_path: Path) -> None:
    repository = Repository(tmp_path, isolated_environ(tmp_path / "home"))
    repository.git("init", "-q")
    commit = repository.commit(readme="text")
    for name in ("a.tar", "a.tar.gz", "a.zip"):
        repository.git("archive", "-o", name, "HEAD")
        assert embedded_revision(tmp_path / name) == commit


@pytest.mark.parametrize("text", ["0123456", COMMIT + "00", COMMIT[:-1] + "g", "1.2.3"])
def test_only_a_whole_commit_counts(tmp_path: Path, text: str) -> None:
    assert embedded_revision(zipped(tmp_path / "a.jar", {"META-INF/MANIFEST.MF": f"Git-Commit: {text}\n"})) is None


def test_a_manifest_inside_another_archive_of_the_jar_does_not_count(tmp_path: Path) -> None:
    nested = {"lib/other/META-INF/MANIFEST.MF": f"Git-Commit: {OTHER}\n"}
    assert embedded_revision(zipped(tmp_path / "a.jar", nested)) is None


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 100, b"PK\x05\x06" + b"\xff" * 18, b"\x1f\x8b" + b"\0" * 50, b"\xff Go buildinf:" * 3, b"\x80"],
)
def test_damaged_files_name_no_commit(tmp_path: Path, content: bytes) -> None:
    for name in ("a.bin", "package.json"):
        (tmp_path / name).write_bytes(content)
        assert embedded_revision(tmp_path / name) is None


@pytest.mark.parametrize("document", ["[]", "{}", '{"vcs_info": []}', '"x"', "[" * 100_000, '{"gitHead": 5}', "\0"])
def test_unexpected_json_names_no_commit(tmp_path: Path, document: str) -> None:
    inside = {"package/package.json": document.encode(), "index.json": f'["{LABEL}"]'.encode()}
    assert embedded_revision(zipped(tmp_path / "a-1-x.whl", {"a-1.dist-info/direct_url.json": document})) is None
    assert embedded_revision(tarred(tmp_path / "a.tgz", inside)) is None


def test_an_archive_that_unpacks_without_end_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revision, "UNPACK_LIMIT", 1 << 20)
    head = tarfile.TarInfo("bomb")
    head.size = 1 << 36
    with gzip.open(tmp_path / "bomb.tgz", "wb", compresslevel=1) as stream:
        stream.write(head.tobuf())
        for _ in range(64):
            stream.write(b"\0" * (1 << 20))
    assert embedded_revision(tmp_path / "bomb.tgz") is None


def test_an_encrypted_or_oddly_packed_entry_is_passed_over(tmp_path: Path) -> None:
    jar = zipped(tmp_path / "a.jar", {"META-INF/MANIFEST.MF": f"Git-Commit: {COMMIT}\n"})
    content = bytearray(jar.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags] |= 1
    jar.write_bytes(content)
    assert embedded_revision(jar) is None
