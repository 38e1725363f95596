"""Places where no state can be kept, and stores that another daemon works on: in words, for people and for clients."""

from pathlib import Path

import pytest

from tests.protocol.installation import Done, Installation
from tests.protocol.small import Small

COMMANDS = [("status",), ("daemon", "start"), ("daemon", "run"), ("mcp",)]


def refused(done: Done) -> str:
    """What a command says on stderr, all in all; it is the fault of the installation."""
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    return done.err


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_home_that_is_too_deep_for_a_socket_is_named(
    small: Small, short_folder: Path, command: tuple[str, ...]
) -> None:
    home = short_folder / ("deep" * 30)
    said = refused(Installation(home, small.root).run(*command))
    assert said.startswith(f"sentinel: The socket path {home}/")
    assert f" bytes; the system allows {107}." in said
    assert said.rstrip().endswith("Set SENTINEL_HOME to a folder with a shorter path.")
    assert not home.exists()


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_home_that_cannot_be_written_is_named(small: Small, short_folder: Path, command: tuple[str, ...]) -> None:
    (short_folder / "file").touch()
    home = short_folder / "file" / "home"
    said = refused(Installation(home, small.root).run(*command))
    assert said.startswith(f"sentinel: Sentinel cannot keep its state in {home}: Not a directory.")
    assert said.rstrip().endswith(
        "Make that folder yours and writable, or name another one in SENTINEL_HOME or SENTINEL_SHARED."
    )


def test_a_second_daemon_is_refused_and_the_first_serves_on(site: Installation) -> None:
    said = refused(site.run("daemon", "run"))
    assert "sentinel: Another daemon (process " in said
    assert said.rstrip().endswith("Use that one, or stop it with `sentinel daemon stop`.")
    assert site.run("status").code == 0


def test_a_damaged_store_is_named_and_left_as_it_is(small: Small, short_folder: Path) -> None:
    home = short_folder / "home"
    home.mkdir()
    (home / "sentinel.db").write_text("no database at all\n" * 1000)
    site = Installation(home, small.root)
    said = refused(site.run("status"))
    assert said.startswith("sentinel: The Sentinel daemon did not start: The store cannot be read: ")
    assert (home / "sentinel.db").read_text() == "no database at all\n" * 1000
