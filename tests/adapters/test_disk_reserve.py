"""The space that is kept for a rollback."""

from pathlib import Path

from sentinel.adapters.disk_reserve import DiskReserve

SIZE = 1024 * 1024


def allocated(path: Path) -> int:
    return path.stat().st_blocks * 512


def test_the_space_is_really_taken_and_given_up(tmp_path: Path) -> None:
    file = tmp_path / "reserve"
    reserve = DiskReserve(file, SIZE)
    reserve.restore()
    assert allocated(file) >= SIZE
    reserve.restore()
    reserve.release()
    assert not file.exists()
    reserve.release()


def test_a_disk_with_little_room_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "reserve"
    DiskReserve(file, 1 << 60).restore()
    assert not file.exists()


def test_a_folder_that_is_gone_raises_nothing(tmp_path: Path) -> None:
    reserve = DiskReserve(tmp_path / "gone" / "reserve", SIZE)
    reserve.restore()
    reserve.release()
