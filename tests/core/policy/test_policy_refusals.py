"""A bad `sentinel.toml` is one error that names file, key, what was found and what is expected."""

import pytest
import tomlkit

from tests.core.policies import document, refusal, with_value, without

REQUIRED = (
    "schema",
    "project",
    "project.id",
    "project.name",
    "build",
    "build.command",
    "build.artifacts",
    "tests",
    "tests.command",
    "staging",
    "staging.deploy",
    "staging.url",
    "staging.smoke",
    "production",
    "production.deploy",
    "production.rollback",
    "production.url",
    "production.verification.prometheus.url",
    "production.verification.prometheus.error_rate",
    "production.verification.prometheus.latency",
)
TABLES = (
    "",
    "project.",
    "environment.",
    "sprint.",
    "build.",
    "tests.",
    "changelog.",
    "tag.",
    "staging.",
    "production.",
    "production.environment.",
    "production.approval.",
    "production.verification.",
    "production.verification.probe.",
    "production.verification.prometheus.",
    "closure.",
    "guard.",
)


@pytest.mark.parametrize("key", REQUIRED)
def test_a_missing_key_is_named(key: str) -> None:
    assert refusal(without(key)) == f"sentinel.toml: {key}: found nothing, expected this key, which is required."


@pytest.mark.parametrize("table", TABLES)
def test_an_unknown_key_is_named(table: str) -> None:
    expected = f"sentinel.toml: {table}unknown: found 'x', expected no such key (is it misspelt?)."
    assert refusal(with_value(f"{table}unknown", "x")) == expected


@pytest.mark.parametrize("key", ["environment.passed", "schema_version"])
def test_the_names_that_python_needs_are_no_keys(key: str) -> None:
    assert f"{key}: found a list that is empty, expected no such key" in refusal(with_value(key, []))


def test_a_misspelt_key_is_named_rather_than_the_one_that_is_missing() -> None:
    tables = document()
    tables["staging"]["smoke_test"] = tables["staging"].pop("smoke")
    assert "staging.smoke_test: found 'deploy/smoke.sh'" in refusal(tomlkit.dumps(tables).encode())


STRING, LIST, TABLE, NUMBER = "a string", "a list", "a table", "a number"
COMMAND = "a command: a string for /bin/sh, or a list of words, at most 4000 characters"
DURATION = "a duration such as 500ms, 10s, 15m or 2h, at most 720h"
URL = "an http:// or https:// address, without a query"
PATH = "a path inside the repository"
URL_PATH = 'a path that begins with "/"'
REF = "a name that git allows for a branch or a remote"
TEXT = "printable text, without hidden characters or spaces around it"
PREFIX = 'the beginning of a tag\'s name, such as "v", "api/v" or "@shop/api@"'

WRONG_TYPES: list[tuple[str, object, str, str]] = [
    ("schema", True, "true", "1"),
    ("schema", 1.0, "1.0", "1"),
    ("schema", "1", "'1'", "1"),
    ("schema", 2, "2", "1"),
    ("project", "shop", "'shop'", TABLE),
    ("project.name", 7, "7", STRING),
    ("project.name", ["shop"], "a list", STRING),
    ("project.branch", False, "false", STRING),
    ("environment.pass", "HOME", "'HOME'", LIST),
    ("sprint", [{"file": "SPRINT.md"}], "a list", TABLE),
    ("build.artifacts", "dist/*", "'dist/*'", LIST),
    ("build.command", 5, "5", COMMAND),
    ("build.command", {"run": "make"}, "a table", COMMAND),
    ("build.command", ["make", 5], "a list", COMMAND),
    ("staging.soak", 10, "10", DURATION),
    ("staging.url", {"host": "x"}, "a table", STRING),
    ("staging.health", 8001, "8001", STRING),
    ("production.approval.channels", "terminal", "'terminal'", LIST),
    ("production.verification.error_rate", "0.01", "'0.01'", NUMBER),
    ("production.verification.error_rate", True, "true", NUMBER),
    ("production.verification.probe", 5, "5", TABLE),
    ("production.verification.probe.rate", "5", "'5'", NUMBER),
    ("production.verification.prometheus", {}, "nothing", "this key, which is required"),
    ("closure.delete_branches", True, "true", LIST),
    ("guard.refuse", "make deploy", "'make deploy'", LIST),
    ("guard.refuse", {"a": 1}, "a table", LIST),
]
BAD_VALUES: list[tuple[str, object, str, str]] = [
    ("project.id", "Shop", "'Shop'", "text that matches ^[a-z0-9][a-z0-9-]{0,62}$"),
    ("project.id", "../x", "'../x'", "text that matches ^[a-z0-9][a-z0-9-]{0,62}$"),
    ("project.name", "", "''", "text of at least 1 character"),
    ("project.name", "x" * 201, f"'{'x' * 79}…", "text of at most 200 characters"),
    ("project.name", " shop", "' shop'", TEXT),
    ("environment.env_file", "etc/common.env", "'etc/common.env'", r"text that matches ^/[^:\x00]*$"),
    ("sprint.source", "jira", "'jira'", "'checklist'"),
    ("tag.format", "x509", "'x509'", "'ssh' or 'openpgp'"),
    ("build.artifacts", [], "a list that is empty", "a list with at least 1 entry"),
    ("production.approval.channels", [], "a list that is empty", "a list with at least 1 entry"),
    ("production.verification.error_rate", 0, "0", "a number greater than 0.0"),
    ("production.verification.error_rate", 0.5, "0.5", "a number less than 0.5"),
    ("production.verification.probe.rate", 101, "101", "a number of at most 100.0"),
    ("production.verification.prometheus.latency", "", "''", "text of at least 1 character"),
    ("project.created", "x", "'x'", "no such key (is it misspelt?)"),
    *(("build.command", value, repr(value), COMMAND) for value in ("", "  ")),
    ("build.command", [], "a list that is empty", COMMAND),
    ("build.command", ["", "x"], "a list", COMMAND),
    ("build.command", "x" * 4001, f"'{'x' * 79}…", COMMAND),
    *(("staging.soak", value, repr(value), DURATION) for value in ("", "10", "0s", "1d", "1h30m", "10 s", "721h")),
    *(
        ("staging.url", value, repr(value), URL)
        for value in (
            "127.0.0.1:8001",
            "ftp://shop",
            "file:///etc/passwd",
            "http://",
            "http:///path",
            "http://[",
            "http://shop:port",
            "http://shop:99999",
            "http://shop:0",
            "http://sh op",
            "http://shop?x=1",
            "http://shop?",
            "http://shop#top",
            "http://good.example\\@evil.example",
            "javascript:alert(1)",
        )
    ),
    *(("staging.health", value, repr(value), URL_PATH) for value in ("healthz", "", "/a b", "/a#b", "/é")),
    *(
        ("sprint.file", value, repr(value), PATH)
        for value in ("/etc/passwd", "../SPRINT.md", "a/../../b", "-rf", ".git/config", "a/.GIT/hooks")
    ),
    *(
        ("project.branch", value, repr(value), REF)
        for value in (
            "-force",
            "+main",
            "/main",
            ".main",
            "main/",
            "main.",
            "a..b",
            "a//b",
            "a/.b",
            "a b",
            "a:b",
            "a~1",
            "a^",
            "a?",
            "a*",
            "a[b",
            "a@{1}",
            "@",
            "main.lock",
            "main.lock/x",
        )
    ),
    ("project.branch", "a\\b", r"'a\\b'", REF),
    ("project.remote", "--upload-pack=x", "'--upload-pack=x'", REF),
    *(
        (
            "tag.prefix",
            value,
            repr(value),
            f"{PREFIX}, which git allows: without a leading dash or dot, and no empty part",
        )
        for value in ("-v", ".v", "a..b", "/v", "a//b", "a/.b", "a.lock/")
    ),
    *(
        ("tag.prefix", value, repr(value), f'{PREFIX}, without "{character}"')
        for value, character in (
            ("v ", " "),
            ("é", "é"),
            ("a:b", ":"),
            ("v~", "~"),
            ("v^", "^"),
            ("v*", "*"),
            ("$v", "$"),
        )
    ),
]


@pytest.mark.parametrize(("key", "value", "found", "expected"), [*WRONG_TYPES, *BAD_VALUES], ids=repr)
def test_a_bad_value_is_named_with_what_was_found_and_what_is_expected(
    key: str, value: object, found: str, expected: str
) -> None:
    named = f"{key}.url" if found == "nothing" else key
    assert refusal(with_value(key, value)) == f"sentinel.toml: {named}: found {found}, expected {expected}."


@pytest.mark.parametrize(
    ("key", "value", "named", "expected"),
    [
        ("environment.pass", ["HOME", "A-B"], "environment.pass[1]", "text that matches ^[A-Za-z_][A-Za-z0-9_]*$"),
        ("environment.path", ["bin"], "environment.path[0]", r"text that matches ^/[^:\x00]*$"),
        ("build.artifacts", ["a", "b", 3], "build.artifacts[2]", STRING),
        ("build.artifacts", ["dist/*", "../*"], "build.artifacts[1]", PATH),
        (
            "production.approval.channels",
            ["terminal", "smoke-signal"],
            "production.approval.channels[1]",
            "'terminal', 'console' or 'elicitation'",
        ),
        ("closure.delete_branches", [""], "closure.delete_branches[0]", "text of at least 1 character"),
    ],
)
def test_a_bad_entry_of_a_list_is_named_by_its_place(key: str, value: object, named: str, expected: str) -> None:
    what = refusal(with_value(key, value))
    assert what.startswith(f"sentinel.toml: {named}: found ")
    assert what.endswith(f", expected {expected}.")
