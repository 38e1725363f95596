"""Kept artifacts: what is collected, that it stays the same bytes, and what scripts are given."""

import hashlib
import os
import shutil
import stat
from pathlib import Path

import pytest

from sentinel.adapters.artifacts import store as module
from sentinel.adapters.artifacts.store import ArtifactStore
from sentinel.core.release.model import Artifact, NamedCommit
from sentinel.errors.command import (
    ArtifactStorageError,
    ForeignRevisionError,
    NoArtifactError,
    TamperedArtifactError,
    UnfitArtifactError,
)

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A build with a program, a library in a folder below, and a secret beside the checkout."""
    folder = tmp_path / "checkout"
    (folder / "dist" / "lib").mkdir(parents=True)
    (folder / "dist" / "app").write_bytes(b"app")
    (folder / "dist" / "app").chmod(0o755)
    (folder / "dist" / "lib" / "core.so").write_bytes(b"core")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_bytes(b"key")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return ArtifactStore(tmp_path / "kept")


def loosen(file: Path) -> Path:
    """Makes a kept file and its folder writable, as somebody with the daemon's rights may."""
    file.parent.chmod(0o755)
    if file.exists():
        file.chmod(0o644)
    return file


async def test_matching_files_are_kept_with_hash_and_size(store: ArtifactStore, checkout: Path, tmp_path: Path) -> None:
    collected = await store.collect("r1", checkout, ("dist/**", "dist/ap?"))
    assert collected == (
        Artifact(name="dist/app", sha256=hashlib.sha256(b"app").hexdigest(), size=3),
        Artifact(name="dist/lib/core.so", sha256=hashlib.sha256(b"core").hexdigest(), size=4),
    )
    await store.verify("r1", collected, commit=COMMIT)
    modes = [
        stat.S_IMODE((tmp_path / "kept/r1" / name).stat().st_mode) for name in ("", "dist/app", "dist/lib/core.so")
    ]
    assert modes == [0o555, 0o555, 0o444]


@pytest.mark.parametrize(
    "pattern", ["dist/lib/*.so", "*/lib/core.so", "**/core.so", "dist/**/*.so", "**/lib/**", "./dist/lib/c*"]
)
async def test_patterns_match_by_segment_and_across_folders(store: ArtifactStore, checkout: Path, pattern: str) -> None:
    assert [found.name for found in await store.collect("r1", checkout, (pattern,))] == ["dist/lib/core.so"]


@pytest.mark.parametrize("pattern", ["build/*", "dist/*.so", "../secret/*", ".git/*", "dist/app/x"])
async def test_a_pattern_that_matches_nothing_in_the_checkout_is_named(
    store: ArtifactStore, checkout: Path, tmp_path: Path, pattern: str
) -> None:
    (checkout / ".git").mkdir()
    (checkout / ".git" / "config").touch()
    with pytest.raises(NoArtifactError) as raised:
        await store.collect("r1", checkout, ("dist/app", pattern))
    assert pattern in raised.value.what
    assert not (tmp_path / "kept" / "r1").exists()


async def test_links_pipes_and_folders_are_refused_by_name(store: ArtifactStore, checkout: Path) -> None:
    (checkout / "link").symlink_to("../secret/key")
    (checkout / "elsewhere").symlink_to("../secret")
    os.mkfifo(checkout / "pipe")
    for pattern, name in (("link", "link"), ("pipe", "pipe"), ("elsewhere/key", "elsewhere"), ("dist/*", "dist/lib")):
        with pytest.raises(UnfitArtifactError, match=f"artifact {name} cannot be kept"):
            await store.collect("r1", checkout, (pattern,))


async def test_a_link_is_not_followed_by_a_pattern_across_folders(store: ArtifactStore, checkout: Path) -> None:
    (checkout / "elsewhere").symlink_to("../secret")
    with pytest.raises(NoArtifactError):
        await store.collect("r1", checkout, ("**/key",))


async def test_a_name_with_hidden_characters_is_refused_and_shown_escaped(store: ArtifactStore, checkout: Path) -> None:
    (checkout / "dist" / "a\u202eb").touch()
    with pytest.raises(UnfitArtifactError, match=r"a\\u202eb"):
        await store.collect("r1", checkout, ("dist/a*",))


async def test_number_and_size_are_bounded(
    store: ArtifactStore, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SIZE_LIMIT", 6)
    with pytest.raises(UnfitArtifactError, match=r"core\.so"):
        await store.collect("r1", checkout, ("dist/**",))
    monkeypatch.setattr(module, "COUNT_LIMIT", 1)
    with pytest.raises(UnfitArtifactError, match="more than 1"):
        await store.collect("r1", checkout, ("dist/**",))


async def test_collecting_again_after_a_crash_gives_the_same(
    store: ArtifactStore, checkout: Path, tmp_path: Path
) -> None:
    half = tmp_path / "kept" / ".r1" / "dist"
    half.mkdir(parents=True)
    (half / "app").write_bytes(b"ha")
    half.chmod(0o555)
    first = await store.collect("r1", checkout, ("dist/**",))
    assert await store.collect("r1", checkout, ("dist/**",)) == first
    assert [path.name for path in (tmp_path / "kept").iterdir()] == ["r1"]


async def test_other_files_under_a_kept_release_are_never_taken_for_it(store: ArtifactStore, checkout: Path) -> None:
    await store.collect("r1", checkout, ("dist/app",))
    (checkout / "dist" / "app").write_bytes(b"another")
    with pytest.raises(TamperedArtifactError):
        await store.collect("r1", checkout, ("dist/app",))


async def test_changed_missing_and_added_files_are_named(store: ArtifactStore, checkout: Path, tmp_path: Path) -> None:
    collected = await store.collect("r1", checkout, ("dist/**",))
    kept = tmp_path / "kept" / "r1" / "dist"
    loosen(kept / "extra").write_bytes(b"x")
    with pytest.raises(TamperedArtifactError, match=r"dist/extra .* put there by somebody else"):
        await store.verify("r1", collected, commit=COMMIT)
    (kept / "extra").unlink()
    loosen(kept / "app").write_bytes(b"axx")
    with pytest.raises(TamperedArtifactError, match=r"dist/app .* its SHA-256 is"):
        await store.verify("r1", collected, commit=COMMIT)
    with pytest.raises(TamperedArtifactError, match="dist/app"):
        await store.hand_out("r1", collected, tmp_path / "out")
    (kept / "app").unlink()
    with pytest.raises(TamperedArtifactError, match=r"dist/app .* it is gone"):
        await store.verify("r1", collected, commit=COMMIT)
    with pytest.raises(TamperedArtifactError, match="it is gone"):
        await store.hand_out("r1", collected, tmp_path / "out")


async def test_a_folder_swapped_for_a_link_counts_as_tampering(
    store: ArtifactStore, checkout: Path, tmp_path: Path
) -> None:
    collected = await store.collect("r1", checkout, ("dist/lib/core.so",))
    shutil.copytree(tmp_path / "kept" / "r1" / "dist" / "lib", tmp_path / "same")
    dist = tmp_path / "kept" / "r1" / "dist"
    dist.chmod(0o755)
    (dist / "lib").chmod(0o755)
    shutil.rmtree(dist / "lib")
    (dist / "lib").symlink_to(tmp_path / "same")
    with pytest.raises(TamperedArtifactError):
        await store.verify("r1", collected, commit=COMMIT)


async def test_an_artifact_says_what_it_was_built_from(store: ArtifactStore, checkout: Path) -> None:
    (checkout / "package.json").write_text(f'{{"gitHead": "{"f" * 40}"}}')
    collected = await store.collect("r1", checkout, ("package.json", "dist/app"))
    assert await store.named_commits("r1", collected) == {
        "package.json": (NamedCommit(commit="f" * 40, place="gitHead"),)
    }


async def test_an_artifact_of_another_commit_is_refused(store: ArtifactStore, checkout: Path) -> None:
    (collected,) = await store.collect("r1", checkout, ("dist/app",))
    named = (collected.model_copy(update={"revision": "f" * 40}),)
    await store.verify("r1", named, commit="f" * 40)
    with pytest.raises(ForeignRevisionError, match="ffffffffffff"):
        await store.verify("r1", named, commit=COMMIT)


async def test_scripts_get_a_read_only_copy_again_and_again(
    store: ArtifactStore, checkout: Path, tmp_path: Path
) -> None:
    collected = await store.collect("r1", checkout, ("dist/**",))
    out = tmp_path / "work" / "artifacts"
    for _ in range(2):
        await store.hand_out("r1", collected, out)
        assert (out / "dist" / "app").read_bytes() == b"app"
        assert stat.S_IMODE((out / "dist" / "app").stat().st_mode) == 0o555
        loosen(out / "dist" / "app").write_bytes(b"changed by a script")
    await store.verify("r1", collected, commit=COMMIT)


async def test_nothing_is_handed_out_as_an_empty_folder(store: ArtifactStore, tmp_path: Path) -> None:
    await store.hand_out(None, (), tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


async def test_storage_that_cannot_be_written_is_a_clear_error(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArtifactStorageError, match="Not a directory"):
        await ArtifactStore(tmp_path / "file").collect("r1", checkout, ("dist/app",))
