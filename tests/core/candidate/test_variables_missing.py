"""Names in `pass` that commands would not get, with the section that names them and what helps."""

import pytest

from sentinel.core.candidate.script_faults import Available, missing_variables
from sentinel.core.policy.model import Environment
from sentinel.setup.init.stacks import STACKS
from sentinel.setup.init.survey import passed_variables
from tests.core.projects import policy

DAEMON = {"HOME", "SHOP_RUN", "DEPLOY_HOST"}


def found(common: Environment, production: Environment, available: Available | None = None) -> list[str]:
    own = policy().production.model_copy(update={"environment": production})
    named = policy().model_copy(update={"environment": common, "production": own})
    given = available or Available(DAEMON, DAEMON, DAEMON, ())
    return [fault.message for fault in missing_variables(named, given)]


@pytest.mark.parametrize("name", ["SHOP_REGION", "DEPLOY_TOKEN", "SSH_AUTH_SOCK", "home", "Path"])
def test_a_variable_that_the_daemon_lacks_is_named_with_its_section(name: str) -> None:
    said = f"pass` names {name}, and the daemon's environment has no such variable."
    assert found(Environment(passed=("HOME", name)), Environment()) == [f"`[environment] {said}"]
    assert found(Environment(), Environment(passed=(name, name))) == [f"`[production.environment] {said}"]


def test_what_a_file_or_a_secret_gives_to_production_alone_is_missing_elsewhere() -> None:
    both = Environment(passed=("TOKEN",))
    said = found(both, both, Available(DAEMON, {*DAEMON, "TOKEN"}, DAEMON, ()))
    assert said == ["`[environment] pass` names TOKEN, and the daemon's environment has no such variable."]


def test_a_variable_that_may_be_absent_is_not_missed() -> None:
    assert found(Environment(optional=("SHOP_REGION",)), Environment(passed=("LANG", "LC_TIME", "https_proxy"))) == []


def test_every_name_that_init_writes_by_itself_has_a_default_or_is_the_home_folder() -> None:
    written = {name for stack in STACKS for name in passed_variables(stack.passed, {})}
    assert found(Environment(passed=(*written, "HOME")), Environment()) == []


def test_what_is_never_passed_is_said_to_be_so() -> None:
    daemon = {*DAEMON, "SENTINEL_HOME", "PATH"}
    said = found(
        Environment(passed=("SENTINEL_HOME", "PATH", "NPM_TOKEN", "DEPLOY_HOST")),
        Environment(passed=("DEPLOY_HOST",)),
        Available({"HOME"}, daemon, daemon, {"NPM_TOKEN"}),
    )
    assert [line.removeprefix("`[environment] pass` names ") for line in said] == [
        "SENTINEL_HOME, which Sentinel never passes.",
        "PATH, which Sentinel never passes.",
        "NPM_TOKEN, which holds a secret of daemon.toml: Sentinel never passes it.",
        "DEPLOY_HOST, which separated mode passes only to production scripts.",
    ]
