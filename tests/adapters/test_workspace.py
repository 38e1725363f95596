"""Old folders of operations go, those that a service may run from stay."""

import os
from pathlib import Path

from sentinel.adapters.workspace import KEPT, Workspace


def operation(folder: Path, number: int, *steps: str) -> Path:
    place = folder / "shop" / f"operation-{number:03}"
    for step in ("checkout", *steps):
        (place / step).mkdir(parents=True)
    os.utime(place, (number, number))
    return place


def names(folder: Path) -> list[str]:
    return sorted(place.name for place in (folder / "shop").iterdir())


async def test_the_newest_folders_are_kept(tmp_path: Path) -> None:
    places = [operation(tmp_path, number, "tests") for number in range(KEPT + 5)]
    await Workspace(tmp_path).tidy("shop")
    assert names(tmp_path) == [place.name for place in places[5:]]


async def test_what_runs_in_production_and_what_a_rollback_returns_to_outlive_newer_folders(tmp_path: Path) -> None:
    kept = [operation(tmp_path, number, "production") for number in range(3)][1:]
    kept.append(operation(tmp_path, 10, "staging", "smoke"))
    newer = [operation(tmp_path, 100 + number, "tests") for number in range(KEPT)]
    await Workspace(tmp_path).tidy("shop")
    assert names(tmp_path) == [place.name for place in (*kept, *newer)]


async def test_read_only_folders_go_too_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    old = operation(tmp_path, 0, "artifacts")
    (old / "checkout" / "link").symlink_to(outside)
    (old / "artifacts").chmod(0o500)
    os.utime(old, (0, 0))
    for number in range(1, KEPT + 1):
        operation(tmp_path, number)
    await Workspace(tmp_path).tidy("shop")
    assert not old.exists()
    assert outside.exists()


async def test_a_project_without_folders_is_fine(tmp_path: Path) -> None:
    await Workspace(tmp_path).tidy("shop")
    assert list(tmp_path.iterdir()) == []
