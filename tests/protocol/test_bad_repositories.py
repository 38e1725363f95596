"""Folders that are no project: one sentence that says why and one what to do, in command line and MCP."""

from collections.abc import Callable

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small


def no_repository(small: Small) -> None:
    (small.root / ".git").rename(small.root.with_name("moved"))


def a_bare_one(small: Small) -> None:
    for path in (small.root / ".git").iterdir():
        path.rename(small.root / path.name)
    (small.root / ".git").rmdir()


def no_policy(small: Small) -> None:
    (small.root / "sentinel.toml").unlink()


def broken_toml(small: Small) -> None:
    small.write("sentinel.toml", "schema = \n")


def an_unknown_key(small: Small) -> None:
    small.change_policy({"staging": {"soka": "10m"}})


def a_bad_duration(small: Small) -> None:
    small.change_policy({"staging": {"soak": "ten minutes"}})


def a_missing_section(small: Small) -> None:
    small.write("sentinel.toml", 'schema = 1\nproject = { id = "shop", name = "Shop" }\n')


UNOPENED: list[tuple[Callable[[Small], None], str, str]] = [
    (
        no_repository,
        "{root} is not in a git working copy.",
        "Run `git init` there, or name the folder of a repository.",
    ),
    (
        a_bare_one,
        "{root} is a bare repository, which has no files to release.",
        "Name a working copy: `git clone` makes one.",
    ),
    (no_policy, "There is no sentinel.toml in {root}.", "Run `sentinel init` at the root of the repository."),
    (
        broken_toml,
        "sentinel.toml is not valid TOML: Invalid value (at line 1, column 10).",
        "Correct the syntax; `sentinel init --print` shows a valid file.",
    ),
    (
        an_unknown_key,
        "sentinel.toml: staging.soka: found '10m', expected no such key (is it misspelt?).",
        "Correct that key; docs/policy.md describes every one.",
    ),
    (
        a_bad_duration,
        "sentinel.toml: staging.soak: found 'ten minutes', expected "
        "a duration such as 500ms, 10s, 15m or 2h, at most 720h.",
        "Correct that key; docs/policy.md describes every one.",
    ),
    (
        a_missing_section,
        "sentinel.toml: build: found nothing, expected this key, which is required.",
        "Correct that key; docs/policy.md describes every one.",
    ),
]


@pytest.mark.parametrize(("spoil", "what", "fix"), UNOPENED)
async def test_a_folder_that_is_no_project_is_named_with_the_way_out(
    site: Installation, small: Small, spoil: Callable[[Small], None], what: str, fix: str
) -> None:
    spoil(small)
    what = what.format(root=small.root)
    said = site.run("status")
    assert (said.code, said.out, said.err) == (2, "", f"sentinel: {what}\n{fix}\n")
    async with site.client("2026") as client:
        (only,) = (await client.list_tools()).tools
        assert only.name == "release_status"
        assert (only.description or "").startswith(f"NOT READY: {what} {fix}")
        for tool in ("release_status", "start_sprint"):
            refused = await agent.call(client, tool, **({"name": "One"} if tool == "start_sprint" else {}))
            assert refused.is_error
            assert agent.sentence(refused) == what
            assert f"Next: {fix}" in agent.text(refused)


async def test_a_project_is_there_as_soon_as_its_policy_is(site: Installation, small: Small) -> None:
    policy = (small.root / "sentinel.toml").read_text()
    no_policy(small)
    async with site.client("2026") as client:
        assert (await agent.call(client, "release_status")).is_error
        small.write("sentinel.toml", policy)
        assert not (await agent.call(client, "release_status")).is_error
        assert await agent.names(client) == agent.IDLE
