"""Where the environment puts Sentinel's state."""

from importlib.metadata import version
from pathlib import Path

import pytest

from sentinel import VERSION
from sentinel.errors.daemon import SocketPathTooLongError
from sentinel.launch.locations import SOCKET_PATH_LIMIT, agent_socket, socket_path_length, state_home
from sentinel.launch.settings import Settings


@pytest.mark.parametrize(
    ("environ", "platform", "home"),
    [
        ({"HOME": "/home/a"}, "linux", "/home/a/.local/state/sentinel"),
        ({"HOME": "/home/a", "XDG_STATE_HOME": "/var/state"}, "linux", "/var/state/sentinel"),
        ({"HOME": "/home/a", "XDG_STATE_HOME": "relative"}, "linux", "/home/a/.local/state/sentinel"),
        ({"HOME": "/Users/a"}, "darwin", "/Users/a/Library/Application Support/Sentinel"),
        ({"HOME": "/home/a", "SENTINEL_HOME": "~/s"}, "linux", "/home/a/s"),
        ({"HOME": "/home/a", "SENTINEL_HOME": "/srv/x/../s"}, "darwin", "/srv/s"),
        ({"HOME": "/home/a", "SENTINEL_HOME": ""}, "linux", "/home/a/.local/state/sentinel"),
    ],
)
def test_state_lives_where_the_platform_keeps_it(environ: dict[str, str], platform: str, home: str) -> None:
    assert state_home(environ, platform) == home


def test_every_place_follows_the_home() -> None:
    settings = Settings.from_environ({"SENTINEL_HOME": "/srv/s"})
    assert settings.agent_socket == Path("/srv/s/run/agent.sock")
    assert settings.operator_socket == Path("/srv/s/operator/operator.sock")
    assert settings.store_url == "sqlite:////srv/s/sentinel.db"
    assert settings.daemon_file == Path("/srv/s/daemon.toml")


def test_a_database_of_its_own_moves_the_store() -> None:
    settings = Settings.from_environ({"SENTINEL_HOME": "/s", "SENTINEL_DATABASE_URL": "postgresql://db/sentinel"})
    assert settings.store_url == "postgresql://db/sentinel"


def test_a_home_too_deep_for_a_socket_is_refused_in_bytes() -> None:
    deep = "/" + "é" * 45
    assert socket_path_length(agent_socket(deep)) <= SOCKET_PATH_LIMIT
    with pytest.raises(SocketPathTooLongError, match="Set SENTINEL_HOME to a folder with a shorter path"):
        Settings.from_environ({"SENTINEL_HOME": deep})


def test_the_version_that_is_told_is_the_packages() -> None:
    assert version("sentinel-release") == VERSION
