"""What commands get: SENTINEL_* variables, what the policy passes, and nothing of the daemon's own."""

from pathlib import Path

import pytest

from tests.adapters.http_services import answers
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, release

SECRET = "pa55-of-production"  # noqa: S105 - a stand-in
COMMON_SECRET = "pa55-of-all"  # noqa: S105 - likewise
ALWAYS = {"HOME", "PATH", "SHARED", "_", "PWD", "SHLVL", "OLDPWD"} | {
    f"SENTINEL_{name}" for name in ("RUN", "ATTEMPT", "FENCE")
}
"""Passed by this policy, or the shell's and the supervisor's own."""
RELEASE = {f"SENTINEL_{name}" for name in ("TARGET", "VERSION", "COMMIT", "ARTIFACTS", "URL", "RELEASE_ID", "ATTEMPT")}
PREVIOUS = {f"SENTINEL_PREVIOUS_{name}" for name in ("VERSION", "COMMIT", "ARTIFACTS")}
COMMANDS = ("setup", "build", "tests", "staging", "smoke", "production", "rollback")


@pytest.fixture
def own(own: Installation) -> Installation:
    """Started with variables that no command may see."""
    address = f"sqlite:///{own.home}/elsewhere.db"
    return Installation(own.home, own.project, {"SENTINEL_DATABASE_URL": address, "OF_THE_DAEMON": "hidden"})


async def test_commands_get_what_the_policy_says_and_go_back_to_what_production_ran_before(
    own: Installation, live: Live
) -> None:
    small = live.small
    _write_everything_down(live)
    first = small.commit("Write everything down")
    live.faults["0.2.0"] = answers(503)
    async with governed(own) as client:
        assert (await release(client, own))["state"] == "IDLE"
        without = _variables(live.file("production.env"))
        assert not PREVIOUS & set(without), "production ran nothing before the first release"
        small.next_changes("0.1.0", "A search.")
        failed = await release(client, own)
    assert (failed["state"], failed["production"]["version"], live.version()) == ("ACTIVE", "0.1.0", "0.1.0"), failed

    given = {name: _variables(live.file(f"{name}.env")) for name in COMMANDS}
    head = small.git("rev-parse", "HEAD")
    url = {"staging": small.staging.url, "production": small.production.url}
    for name in ("staging", "smoke", "production", "rollback"):
        target = "staging" if name in ("staging", "smoke") else "production"
        expected = {"TARGET": target, "VERSION": "0.2.0", "COMMIT": head, "URL": url[target], "ATTEMPT": "1"}
        assert {key: given[name][f"SENTINEL_{key}"] for key in expected} == expected
        assert Path(live.file(f"{name}.artifacts")).read_text().strip() == head
    release_id = {given[name]["SENTINEL_RELEASE_ID"] for name in ("staging", "smoke", "production", "rollback")}
    assert len(release_id) == 1
    for name in ("production", "rollback"):
        previous = (given[name]["SENTINEL_PREVIOUS_VERSION"], given[name]["SENTINEL_PREVIOUS_COMMIT"])
        assert previous == ("0.1.0", first)
        assert (given[name]["PASSWORD"], given[name]["SHARED"]) == (SECRET, COMMON_SECRET)
    assert given["production"]["PATH"].startswith("/opt/production/bin:/opt/common/bin:")
    assert given["staging"]["PATH"].startswith("/opt/common/bin:")
    names = {name: set(variables) - ALWAYS for name, variables in given.items()}
    assert names["setup"] == (RELEASE | PREVIOUS) - ALWAYS
    assert names["build"] == {"SENTINEL_TARGET", "SENTINEL_VERSION", "SENTINEL_COMMIT", "SENTINEL_RELEASE_ID"}
    assert names["tests"] == {"SENTINEL_TARGET", "SENTINEL_COMMIT"}
    assert names["staging"] == names["smoke"] == RELEASE - ALWAYS
    assert names["production"] == names["rollback"] == (RELEASE | PREVIOUS | {"PASSWORD"}) - ALWAYS
    for secret in (SECRET, COMMON_SECRET):
        assert [file for file in own.home.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()] == []


def _write_everything_down(live: Live) -> None:
    """Every command writes its variables down, and the artifact that it was given."""
    small = live.small
    for name in ("staging", "smoke"):
        small.script(name, _writes(live, name))
    for name in ("production", "rollback"):
        live.script(name, _writes(live, name))
    common, production = live.file("common.env"), live.file("secret.env")
    common.write_text(f"SHARED={COMMON_SECRET}\n")
    production.write_text(f"# of production alone\nPASSWORD='{SECRET}'\n")
    build = f"env >{live.file('build.env')}; mkdir out && git rev-parse HEAD >out/app"
    passed, optional = ["HOME"], ["NOT_SET", "SENTINEL_DATABASE_URL"]
    small.change_policy(
        {
            "environment": {"pass": passed, "optional": optional, "path": ["/opt/common/bin"], "env_file": str(common)},
            "build": {"setup": f"env >{live.file('setup.env')}", "command": build},
            "tests": {"command": f"env >{live.file('tests.env')}"},
            "production.environment": {"env_file": str(production), "path": ["/opt/production/bin"]},
        }
    )


def _writes(live: Live, name: str) -> str:
    return f'env >{live.file(f"{name}.env")}; cat "$SENTINEL_ARTIFACTS/out/app" >{live.file(f"{name}.artifacts")}'


def _variables(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())
