"""An approval that was given, and whose daemon died before it was used."""

import json
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

import pytest

from tests.adapters.http_services import answers, hangs, until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import confirm, governed
from tests.protocol.small import Small
from tests.protocol.test_restart import end

HOUR = timedelta(hours=1)


def an_hour_later(site: Installation) -> None:
    """As if question and answer had been an hour earlier; the daemon does not run."""
    with closing(sqlite3.connect(site.home / "sentinel.db")) as database, database:
        document = json.loads(database.execute("SELECT document FROM projects").fetchone()[0])
        approval = document["approval"]
        approval["expires_at"] = _earlier(approval["expires_at"])
        approval["claim"]["at"] = _earlier(approval["claim"]["at"])
        database.execute("UPDATE projects SET document = ?", (json.dumps(document),))


def _earlier(moment: str) -> str:
    return (datetime.fromisoformat(moment) - HOUR).isoformat()


def at_once(_site: Installation) -> None:
    """The next daemon follows."""


@pytest.mark.parametrize(("meanwhile", "deployed"), [(an_hour_later, False), (at_once, True)])
async def test_an_approval_that_was_not_used_before_its_question_expired_is_asked_for_again(
    own: Installation, small: Small, meanwhile: Callable[[Installation], None], *, deployed: bool
) -> None:
    async with governed(own) as client:
        await agent.to_question(client)
        looks = len(small.staging.requests)
        small.staging.behaviour = hangs
        confirm(own)
        await until(lambda: len(small.staging.requests) > looks, 60)
    await end(own, signal.SIGKILL)
    meanwhile(own)
    small.staging.behaviour = answers(200, b"ok\n")
    async with own.client("2026") as client:
        found = await agent.until_state(client, "SOAKING", "IDLE", "ACTIVE", "HALTED")
        if deployed:
            assert found["state"] == "IDLE", found
        else:
            assert found["state"] == "SOAKING", found
            assert "The approval was given, but its question expired before Sentinel used it." in found["message"]
            asked = await agent.good(client, "deploy", target="production", version="v0.1.0")
            assert agent.structured(asked)["approval"] is not None
    assert small.marked().count("production 0.1.0") == int(deployed)
