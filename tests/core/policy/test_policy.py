"""`sentinel.toml` as it is read: the design's example, its defaults, and what a policy is kept as."""

from datetime import timedelta

import pytest
import tomlkit

from sentinel.core.policy.model import Policy, Probe, Prometheus, read_policy
from sentinel.core.policy.values import VersionKey
from sentinel.errors.policy import PolicyValueError
from tests.core.policies import EXAMPLE, PROMETHEUS, document, with_value

MINUTE = timedelta(minutes=1)
SMALLEST = """\
schema = 1
project = { id = "shop-7f3a", name = "shop" }
build = { command = "make build", artifacts = ["dist/*"] }
tests = { command = "make test" }
staging = { deploy = "deploy/staging.sh", smoke = "deploy/smoke.sh", url = "http://127.0.0.1:8001" }
production = { deploy = "deploy/production.sh", rollback = "deploy/rollback.sh", url = "http://127.0.0.1:8002" }
"""


def test_the_designs_example_is_read_whole() -> None:
    policy = read_policy(EXAMPLE.encode())
    assert (policy.schema_version, policy.project.id, policy.project.name) == (1, "shop-7f3a", "shop")
    assert (policy.project.branch, policy.project.remote) == ("main", "origin")
    assert (policy.environment.passed, policy.environment.path) == (("HOME", "LANG"), ("/usr/local/bin",))
    assert (policy.sprint.source, policy.sprint.file) == ("checklist", "SPRINT.md")
    assert (policy.build.setup, policy.build.command) == ("npm ci", "make build")
    assert (policy.build.artifacts, policy.build.timeout) == (("dist/*",), 30 * MINUTE)
    assert (policy.tests.command, policy.tests.max_age, policy.tests.timeout) == (
        "make test",
        15 * MINUTE,
        30 * MINUTE,
    )
    assert policy.changelog.file == "CHANGELOG.md"
    assert (policy.tag.prefix, policy.tag.format, policy.tag.key) == ("v", "ssh", "")
    assert policy.closure.delete_branches == ("feature/*",)


def test_the_designs_example_says_how_staging_and_production_go() -> None:
    policy = read_policy(EXAMPLE.encode())
    staging, production = policy.staging, policy.production
    assert policy.scripts() == (
        "deploy/staging.sh",
        "deploy/smoke.sh",
        "deploy/production.sh",
        "deploy/rollback.sh",
    )
    assert (staging.url, staging.health, staging.version_path) == ("http://127.0.0.1:8001", "/healthz", None)
    assert (staging.health_timeout, staging.soak, staging.timeout) == (MINUTE, 10 * MINUTE, 15 * MINUTE)
    assert (production.url, production.health) == ("http://127.0.0.1:8002", "/healthz")
    assert (production.health_timeout, production.timeout) == (MINUTE, 15 * MINUTE)
    assert production.approval.channels == ("terminal", "console")
    assert production.approval.expires == 15 * MINUTE
    verification = production.verification
    assert (verification.window, verification.error_rate) == (5 * MINUTE, 0.01)
    assert (verification.latency, verification.probe) == (timedelta(milliseconds=500), Probe(path="/", rate=5))
    assert verification.prometheus is None


def test_what_is_left_out_is_as_in_the_example_except_what_is_optional() -> None:
    example, smallest = read_policy(EXAMPLE.encode()), read_policy(SMALLEST.encode())
    for section in ("sprint", "tests", "changelog", "tag", "staging", "production"):
        assert getattr(smallest, section) == getattr(example, section)
    assert (smallest.build.setup, smallest.project.remote) == (None, None)
    assert (smallest.environment.passed, smallest.environment.path) == ((), ())
    assert smallest.closure.delete_branches == ()


GOOD: list[tuple[str, object]] = [
    ("guard.refuse", ["make deploy", ["deploy/production.sh", "--now"]]),
    ("guard.allow", ["make deploy-docs", ["kubectl", "apply", "--context=kind"]]),
    ("environment.env_file", "/etc/shop/common.env"),
    ("staging.version_path", "/version"),
    ("staging.health", "/healthz?deep=1"),
    ("staging.soak", "720h"),
    ("staging.url", "https://shop.example:8443/base"),
    ("staging.url", "http://[::1]:8001"),
    ("staging.deploy", ["deploy/staging.sh", "--now", ""]),
    ("staging.deploy", "set -e\ndeploy/staging.sh"),
    ("production.approval.channels", ["elicitation"]),
    ("production.verification.error_rate", 0.499),
    ("production.verification.probe.rate", 0.1),
    ("production.verification.probe.rate", 100),
    ("project.name", "Bücher & Söhne 書店"),
    ("project.branch", "release/2030-05"),
    ("tag.prefix", ""),
    ("tag.prefix", "shop-v"),
    ("tag.prefix", "api/v"),
    ("tag.prefix", "api@"),
    ("tag.prefix", "@shop/api@"),
    ("tag.format", "openpgp"),
    ("tag.key", "0xDEADBEEF"),
    ("sprint.file", "docs/sprint tasks.md"),
    ("build.artifacts", ["dist/*", "./out/**/*.jar", ".config/x"]),
]


@pytest.mark.parametrize(("key", "value"), GOOD, ids=repr)
def test_a_good_value_is_taken_as_it_is(key: str, value: object) -> None:
    found: object = read_policy(with_value(key, value)).model_dump(mode="json")
    for part in key.split("."):
        assert isinstance(found, dict)
        found = found[part]
    assert found == value


def test_metrics_are_taken_where_the_policy_names_them() -> None:
    policy = read_policy(tomlkit.dumps(document()).encode())
    assert policy.production.verification.prometheus == Prometheus.model_validate(PROMETHEUS)
    assert policy.production.environment.passed == ("TOKEN",)


def test_an_address_loses_the_slash_at_its_end() -> None:
    assert (
        read_policy(with_value("staging.url", "http://shop.example/base//")).staging.url == "http://shop.example/base"
    )


def test_a_list_of_words_stays_a_list() -> None:
    policy = read_policy(with_value("build.command", ["make", "build"]))
    assert policy.build.command == ("make", "build")


def test_a_kept_policy_is_read_back_unchanged() -> None:
    policy = read_policy(tomlkit.dumps(document()).encode())
    assert Policy.model_validate_json(policy.model_dump_json()) == policy


def test_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    windows = b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode()
    assert read_policy(windows) == read_policy(EXAMPLE.encode())


NAMED = {"path": "/info", "key": "app.version"}


def test_a_key_of_the_version_is_read_stored_and_read_again() -> None:
    policy = read_policy(with_value("production.version_path", NAMED))
    assert policy.production.version_path == VersionKey(path="/info", key="app.version")
    assert Policy.model_validate_json(policy.model_dump_json()) == policy
    assert policy.unproven() is None


def test_without_a_version_path_nothing_proves_which_release_answers() -> None:
    assert read_policy(SMALLEST.encode()).unproven() == (
        "The policy has no `production.version_path`: nothing proves which release answers in production."
    )


@pytest.mark.parametrize(
    "value",
    [
        "version",
        "",
        7,
        ["/version"],
        {},
        {"path": "/version"},
        {"key": "version"},
        {"path": "version", "key": "version"},
        {"path": "/version", "key": ""},
        {"path": "/version", "key": 7},
        {"path": "/version", "key": "a\u202eb"},
        {"path": "/version", "key": "k" * 201},
        {"path": "/" + "v" * 1000, "key": "version"},
        {"path": "/version", "key": "version", "other": "x"},
    ],
    ids=repr,
)
def test_a_bad_version_path_is_refused_in_one_sentence(value: object) -> None:
    with pytest.raises(PolicyValueError, match=r"sentinel.toml: production.version_path: found .+, expected a path"):
        read_policy(with_value("production.version_path", value))
