"""What people look at: the question in 80 columns, the live view, the output of commands, and past releases."""

import asyncio
import json
import signal
import unicodedata
from pathlib import Path

import pytest

from sentinel.core.release.commands import STEPS as LOGGED
from sentinel.front.cli.commands.status import STEPS
from sentinel.front.operator.client import ReportedError
from tests.adapters.http_services import until
from tests.protocol import agent
from tests.protocol.installation import SECONDS, Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small

SCREEN = (200, 80)
"""Rows and columns: so many rows that nothing is paged."""


def held(small: Small, name: str, said: str) -> Path:
    """The script `name` says something, and goes on once the file is there that is returned."""
    file = small.marks.with_suffix(".go")
    small.script(name, f"printf '{said}'\nwhile ! test -e {file}; do sleep 0.05; done")
    small.commit(f"Hold {name}")
    return file


async def test_an_approved_release_is_watched_to_its_end(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        approved = await asyncio.to_thread(site.approve, size=SCREEN)
    assert approved.code == 0, approved.out
    asked, _, after = approved.out.partition("[SENTINEL DEFCON 1]")
    assert max(map(len, asked.splitlines())) <= 80 + len("\x1b[1m\x1b[m")
    assert "is verified and archived" in after
    assert "q closes this view" in after
    assert small.marked().count("production 0.1.0") == 1


async def test_q_ends_the_watching_and_nothing_else(site: Installation, small: Small) -> None:
    go = held(small, "staging", "deploying\\n\\033[2J\\033]0;title\\007halfway\\n")
    async with governed(site) as client:
        await agent.to_candidate(client)
        staging = asyncio.create_task(agent.good(client, "deploy", target="staging"))
        watching = await asyncio.to_thread(
            lambda: site.at_terminal("watch", typed="q", prompt="| halfway", size=(30, 80))
        )
        assert watching.code == 0
        assert "STAGING" in watching.out
        assert "staging, " in watching.out
        assert "\x1b[2J" not in watching.out
        assert "title" not in watching.out
        go.touch()
        assert agent.structured(await staging)["state"] == "SOAKING"


async def test_elsewhere_watching_is_a_line_for_each_change(site: Installation, small: Small) -> None:
    go = held(small, "staging", "")
    async with governed(site) as client:
        await agent.to_candidate(client)
        words = [*site.program, "watch"]
        printed = small.marks.with_suffix(".watched")
        with printed.open("w") as stream:
            watching = await asyncio.create_subprocess_exec(
                *words, cwd=site.project, env=site.environment, stdout=stream
            )
        try:
            await until(lambda: "RELEASE_CANDIDATE. " in printed.read_text(), SECONDS)
            staging = asyncio.create_task(agent.good(client, "deploy", target="staging"))
            await until(lambda: "STAGING: staging is running, at staging" in printed.read_text(), SECONDS)
            go.touch()
            await staging
            await until(lambda: "SOAKING" in printed.read_text(), SECONDS)
        finally:
            watching.send_signal(signal.SIGINT)
            assert await watching.wait() == 0
    lines = printed.read_text().splitlines()
    assert all(" UTC  " in line for line in lines), lines


async def test_the_output_of_commands_is_read_without_a_search(site: Installation, small: Small) -> None:
    small.script("smoke", "printf 'one\\n\\033[31mtwo\\033[m\\rthree\\nlast'")
    small.commit("Say something")
    async with governed(site) as client:
        await agent.to_soaked(client)
    newest = site.run("logs")
    assert newest.code == 0, newest.err
    assert "== staging, " in newest.err
    assert "== smoke, " in newest.err
    assert newest.out == "one\ntwo\\x0dthree\nlast\n"
    assert site.run("logs", "tests").code == 0
    release = site.run("logs", "--release", "0.1.0", "--json").json["logs"]
    assert [one["step"] for one in release] == ["tests", "build", "staging", "smoke"]
    assert release[-1]["output"] == "one\ntwo\\x0dthree\nlast\n"
    assert all(one["ended"].startswith("ended with exit code 0") for one in release)
    assert STEPS == LOGGED
    for step in ("deploy", "../../keys"):
        with pytest.raises(ReportedError, match="No output of the step"):
            site.operator.ask("logs", step=step)
        assert site.run("logs", step).code == 2
    for words in (("logs", "rollback"), ("logs", "--release", "9.9.9")):
        refused = site.run(*words)
        assert refused.code == 1
        assert "`sentinel " in refused.err


async def test_output_is_followed_to_the_end_of_the_operation(site: Installation, small: Small) -> None:
    go = held(small, "staging", "first\\n")
    async with governed(site) as client:
        await agent.to_candidate(client)
        staging = asyncio.create_task(agent.good(client, "deploy", target="staging"))
        await until(lambda: any(mark.startswith("staging") for mark in small.marked()), SECONDS)
        following = asyncio.create_task(asyncio.to_thread(site.run, "logs", "--follow"))
        await asyncio.to_thread(site.run, "logs")
        go.touch()
        await staging
        done = await following
    assert done.code == 0, done.err
    assert done.out == "first\n"
    assert ("== staging" in done.err, "== smoke" in done.err) == (True, True)


async def test_past_releases_say_what_became_of_them(site: Installation) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        assert site.approve().code == 0
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    listed = site.run("releases")
    assert listed.out.startswith("v0.1.0  released, 20"), listed.out
    assert "  approved by person:" in listed.out
    (record,) = site.run("releases", "--json").json["releases"]
    assert (record["version"], record["status"], record["why"]) == ("0.1.0", "released", "")
    shown = site.run("show", "v0.1.0")
    for fact in ("out/app", "verified", "Begin", "sentinel: ", "## Added", "passed in "):
        assert fact in shown.out
    assert "operation.step" not in json.dumps(site.run("show", "0.1.0", "--json").json["entries"])
    assert not any(unicodedata.category(sign) == "Cc" for sign in shown.out.replace("\n", ""))
    assert site.run("show", "3.0.0").code == 1
