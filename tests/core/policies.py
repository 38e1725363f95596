"""`sentinel.toml` for tests: the design's own example, and files that differ from it in one place."""

import tomllib
from typing import Any

import pytest
import tomlkit

from sentinel.core.policy.model import read_policy
from sentinel.errors.policy import PolicyValueError

EXAMPLE = """\
schema = 1

[project]
id = "shop-7f3a"                # written by `sentinel init`
name = "shop"
branch = "main"                 # releases are cut from its head
remote = "origin"               # optional: fetched before a release, tags pushed after approval

[environment]                   # what commands get besides a minimal PATH and the SENTINEL_* variables
pass = ["HOME", "LANG"]         # taken from the daemon's environment by name
path = ["/usr/local/bin"]       # put before PATH
# env_file = "/etc/shop/common.env"; [production.environment] the same, for production scripts alone

[sprint]
source = "checklist"            # Markdown task list in the repository, read at the candidate commit
file = "SPRINT.md"              # "- [ ] open", "- [x] done"; no task at all fails the gate

[build]
setup = "npm ci"                # optional: run once in each fresh checkout before build, tests and scripts
command = "make build"          # a string runs in /bin/sh, a list is executed as it is
artifacts = ["dist/*"]          # regular files; kept read-only with their sha256
timeout = "30m"                 # every command has one

[tests]
command = "make test"
max_age = "15m"
timeout = "30m"

[changelog]
file = "CHANGELOG.md"

[tag]
prefix = "v"
format = "ssh"                  # ssh or openpgp
key = ""                        # default: a key that the daemon makes and keeps

[staging]
deploy = "deploy/staging.sh"
url = "http://127.0.0.1:8001"
health = "/healthz"
health_timeout = "60s"
# version_path = "/version"     # must answer with the release's version or commit: a stale instance is not healthy
smoke = "deploy/smoke.sh"
soak = "10m"
timeout = "15m"

[production]
deploy = "deploy/production.sh"
rollback = "deploy/rollback.sh"
url = "http://127.0.0.1:8002"
health = "/healthz"
health_timeout = "60s"
timeout = "15m"

[production.approval]
channels = ["terminal", "console"]   # "elicitation" only where the owner adds it
expires = "15m"

[production.verification]
window = "5m"
error_rate = 0.01
latency = "500ms"
probe = { path = "/", rate = 5 }     # requests a second
# prometheus = { url = "…", error_rate = "PromQL", latency = "PromQL", interval = "5s" }

[closure]
delete_branches = ["feature/*"]      # merged ones only
"""

PROMETHEUS = {"url": "http://127.0.0.1:9090", "error_rate": "errors / requests", "latency": "p95", "interval": "5s"}


def document() -> dict[str, Any]:
    """The example as tables, with metrics and an environment of production's own."""
    tables = tomllib.loads(EXAMPLE)
    tables["production"]["verification"]["prometheus"] = dict(PROMETHEUS)
    tables["production"]["environment"] = {"pass": ["TOKEN"]}
    tables["guard"] = {"refuse": ["make deploy"]}
    return tables


def with_value(key: str, value: object) -> bytes:
    """The example with `production.approval.expires`, say, set to something else."""
    tables = document()
    table, name = _table(tables, key)
    table[name] = value
    return tomlkit.dumps(tables).encode()


def without(key: str) -> bytes:
    tables = document()
    table, name = _table(tables, key)
    del table[name]
    return tomlkit.dumps(tables).encode()


def refusal(raw: bytes) -> str:
    """The one sentence with which `raw` is refused."""
    with pytest.raises(PolicyValueError) as caught:
        read_policy(raw)
    assert caught.value.fix == "Correct that key; docs/policy.md describes every one."
    return caught.value.what


def _table(tables: dict[str, Any], key: str) -> tuple[dict[str, Any], str]:
    *path, name = key.split(".")
    for part in path:
        tables = tables[part]
    return tables, name
