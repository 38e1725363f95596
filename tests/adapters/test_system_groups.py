"""Who is in which group, as the system says."""

import pwd
import subprocess

import pytest

from sentinel.adapters.system_groups import groups_of


@pytest.mark.parametrize("user", [entry.pw_name for entry in pwd.getpwall()[:5]])
def test_they_are_the_groups_that_id_names(user: str) -> None:
    named = subprocess.run(["id", "-Gn", user], check=True, capture_output=True, text=True).stdout
    assert groups_of(user) == frozenset(named.split())


def test_nobody_of_that_name_is_said_so() -> None:
    with pytest.raises(KeyError):
        groups_of("no-such-user-here")
