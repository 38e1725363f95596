"""Old folders of operations go, those that a service may run from stay."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sentinel.adapters.workspace import Workspace
from sentinel.core.release.retention import Checkouts, Retention

KEPT = 5
NEWEST_OF = Retention(operations=KEPT, age=timedelta(days=30))
NOW = datetime.fromtimestamp(1000, UTC)


def operation(folder: Path, number: int, *steps: str) -> Path:
    place = folder / "shop" / f"operation-{number:03}"
    for step in ("checkout", *steps):
        (place / step).mkdir(parents=True)
    os.utime(place, (number, number))
    return place


async def outdated(folder: Path, retention: Retention = NEWEST_OF, now: datetime = NOW) -> list[str]:
    return sorted(await Workspace(folder).outdated("shop", retention, now))


async def test_the_newest_are_kept(tmp_path: Path) -> None:
    places = [operation(tmp_path, number, "tests") for number in range(KEPT + 3)]
    assert await outdated(tmp_path) == [place.name for place in places[:3]]


async def test_none_is_kept_for_longer_than_is_said(tmp_path: Path) -> None:
    old, _young = operation(tmp_path, 100, "tests"), operation(tmp_path, 900, "tests")
    assert await outdated(tmp_path, Retention(age=timedelta(seconds=500))) == [old.name]


async def test_what_runs_in_production_and_what_a_rollback_returns_to_outlive_newer_folders(tmp_path: Path) -> None:
    oldest, *_ = [operation(tmp_path, number, "production") for number in range(3)]
    operation(tmp_path, 10, "staging", "smoke")
    for number in range(KEPT):
        operation(tmp_path, 100 + number, "tests")
    assert await outdated(tmp_path) == [oldest.name]


async def test_read_only_folders_go_too_and_links_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "kept").mkdir(parents=True)
    old, young = operation(tmp_path, 0, "artifacts"), operation(tmp_path, 1)
    (old / "checkout" / "link").symlink_to(outside)
    (old / "artifacts").chmod(0o500)
    await Workspace(tmp_path).remove("shop", [old.name])
    assert (old.exists(), young.exists(), (outside / "kept").exists()) == (False, True, True)


async def test_an_emptied_folder_is_as_old_as_it_was(tmp_path: Path) -> None:
    old = operation(tmp_path, 0, "artifacts")
    await Workspace(tmp_path).empty("shop", [old.name])
    assert (list(old.iterdir()), old.stat().st_mtime) == ([], 0)


async def test_a_project_without_folders_is_fine(tmp_path: Path) -> None:
    assert await outdated(tmp_path) == []
    await Workspace(tmp_path).remove("shop", ["never-there"])
    assert list(tmp_path.iterdir()) == []


async def test_a_folder_of_any_depth_goes(tmp_path: Path) -> None:
    old = operation(tmp_path, 0)
    here = Path.cwd()
    os.chdir(old / "checkout")
    try:
        for _ in range(3000):
            os.mkdir("deep")  # noqa: PTH102 - its path is longer than paths may be
            os.chdir("deep")
        os.chmod(".", 0o500)  # noqa: PTH101
    finally:
        os.chdir(here)
    await Workspace(tmp_path).remove("shop", [old.name])
    assert not old.exists()


def with_checkouts(folder: Path, name: str, *checkouts: str, steps: tuple[str, ...] = ("tests",)) -> Path:
    place = folder / "shop" / name
    for step in (*checkouts, *steps):
        (place / step).mkdir(parents=True)
        (place / step / "output.log").write_text("said")
    return place


def names(place: Path) -> list[str]:
    return sorted(each.name for each in place.iterdir())


async def test_checkouts_go_but_those_that_are_kept_and_logs_stay(tmp_path: Path) -> None:
    ended = with_checkouts(tmp_path, "ended", "checkout-1", "checkout-2", "checkout-2.partial")
    failed = with_checkouts(tmp_path, "failed", "checkout-3")
    runs = with_checkouts(tmp_path, "runs", "checkout-4", "checkout-5")
    os.utime(ended, (7, 7))
    kept = Checkouts(operations=frozenset({"failed"}), folders=frozenset({"runs/checkout-5"}))
    await Workspace(tmp_path).drop_checkouts("shop", kept)
    assert names(ended) == ["tests"]
    assert (ended / "tests" / "output.log").read_text() == "said"
    assert ended.stat().st_mtime == 7
    assert (names(failed), names(runs)) == (["checkout-3", "tests"], ["checkout-5", "tests"])


async def test_what_an_older_version_deployed_keeps_every_checkout_of_production(tmp_path: Path) -> None:
    deployed = with_checkouts(tmp_path, "deployed", "checkout-1", steps=("production",))
    staged = with_checkouts(tmp_path, "staged", "checkout-1", steps=("staging",))
    await Workspace(tmp_path).drop_checkouts("shop", Checkouts(every_production=True))
    assert (names(deployed), names(staged)) == (["checkout-1", "production"], ["staging"])


async def test_a_link_in_the_place_of_a_checkout_is_none(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "kept").mkdir(parents=True)
    place = with_checkouts(tmp_path, "ended", "checkout-1")
    (place / "checkout-2").symlink_to(outside)
    workspace = Workspace(tmp_path)
    found = [await workspace.holds("shop", f"ended/checkout-{number}") for number in (1, 2, 3)]
    assert found == [True, False, False]
    await workspace.drop_checkouts("shop", Checkouts())
    assert names(place) == ["tests"]
    assert (outside / "kept").exists()
