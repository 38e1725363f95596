"""A remote agent works as a local one does, in both eras."""

import asyncio
from pathlib import Path

import pytest
from mcp import Client, types

from sentinel.front.operator.client import ReportedError
from tests.adapters.http_services import until
from tests.front.http.remote import Remote
from tests.protocol import agent
from tests.protocol.approvers import Person as Approver
from tests.protocol.approvers import answer, name_approvers
from tests.protocol.forms import Person
from tests.protocol.releasing import confirm, history
from tests.protocol.small import Small

SECONDS = 20.0
CONFIRMED = {"production.approval": {"channels": ["terminal", "elicitation"]}}


class Told:
    """Counts list_changed, as the client's era delivers it."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, message: object) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self.count += 1

    async def listen(self, client: Client, ready: asyncio.Event) -> None:
        async with client.listen(tools_list_changed=True) as stream:
            ready.set()
            async for _ in stream:
                self.count += 1


@pytest.mark.both_eras
async def test_a_remote_agent_releases(remote: Remote, era: str, small: Small) -> None:
    _, secret = remote.token()
    async with remote.client(era, secret) as client:
        assert await agent.names(client) == agent.IDLE
        await agent.to_question(client)
        confirm(remote.site)
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    assert "production 0.1.0" in small.marked()
    actors = {str(entry["actor"]) for entry in history(remote.site) if entry["actor"].startswith("agent:")}
    assert actors == {"agent:mcp (token remote)"}


async def test_the_name_of_the_token_that_asked_approves_nothing(
    remote: Remote, small: Small, short_folder: Path
) -> None:
    """A person may sign with any key of theirs but one that the approvers' file gives the requester's name."""
    requester, ada = (Approver.create(short_folder, name) for name in ("remote", "ada"))
    name_approvers(remote.site, small, requester.line(), ada.line())
    remote.site.pin()
    _, secret = remote.token()
    async with remote.client("2026", secret) as client:
        await agent.to_question(client)
        plan = remote.site.operator.ask("question")["document"]
        with pytest.raises(ReportedError, match="remote asked for this deployment and cannot approve it"):
            answer(remote.site.operator, requester.sign(plan))
        answer(remote.site.operator, ada.sign(plan))
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"


async def test_the_2025_era_is_told_of_changes_on_its_stream(remote: Remote) -> None:
    _, secret = remote.token()
    told = Told()
    async with remote.client("2025", secret, message_handler=told) as idle, remote.client("2026", secret) as busy:
        await agent.names(idle)
        await agent.good(busy, "start_sprint", name="One")
        await until(lambda: told.count > 0, SECONDS)
        assert "run_tests" in await agent.names(idle)


async def test_the_2026_era_is_told_of_changes_on_the_stream_it_asked_for(remote: Remote) -> None:
    _, secret = remote.token()
    told, ready = Told(), asyncio.Event()
    async with remote.client("2026", secret) as idle, remote.client("2025", secret) as busy:
        listening = asyncio.create_task(told.listen(idle, ready))
        await asyncio.wait_for(ready.wait(), SECONDS)
        await agent.good(busy, "start_sprint", name="One")
        await until(lambda: told.count > 0, SECONDS)
        assert "run_tests" in await agent.names(idle)
        listening.cancel()


async def test_a_change_on_the_socket_reaches_remote_agents(remote: Remote) -> None:
    _, secret = remote.token()
    told = Told()
    async with remote.client("2025", secret, message_handler=told) as idle, remote.site.client("2026") as local:
        await agent.names(idle)
        await agent.good(local, "start_sprint", name="One")
        await until(lambda: told.count > 0, SECONDS)


async def test_a_long_call_reports_progress(remote: Remote, small: Small, era: str) -> None:
    small.change_policy({"tests": {"command": "sleep 0.3"}})
    small.commit("Take a while")
    remote.site.pin()
    _, secret = remote.token()
    said: list[str | None] = []

    async def note(progress: float, total: float | None, message: str | None) -> None:
        assert (progress > 0, total) == (True, None)
        said.append(message)

    async with remote.client(era, secret) as client:
        await agent.good(client, "start_sprint", name="One")
        await client.call_tool("run_tests", {}, progress_callback=note)
    assert said


async def test_a_person_confirms_in_a_form_of_the_remote_client(remote: Remote, small: Small, era: str) -> None:
    small.change_policy(CONFIRMED)
    small.commit("Accept forms")
    remote.site.pin()
    _, secret = remote.token()
    person = Person("accept", "DEPLOY-NOW")
    async with remote.client(era, secret, elicitation_callback=person) as client:
        await agent.to_soaked(client)
        await agent.good(client, "deploy", target="production", version="v0.1.0")
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    assert len(person.shown) == 1


async def test_what_a_client_started_goes_on_when_it_goes_away(remote: Remote, small: Small, era: str) -> None:
    hold = small.marks.with_suffix(".hold")
    hold.touch()
    small.change_policy({"tests": {"command": f"{small.mark('tests')}; while test -e {hold}; do sleep 0.05; done"}})
    small.commit("Wait")
    remote.site.pin()
    _, secret = remote.token()
    async with remote.client(era, secret) as client:
        await agent.good(client, "start_sprint", name="One")
        calling = asyncio.create_task(client.call_tool("run_tests", {}))
        await until(lambda: "tests " in small.marked(), SECONDS)
        calling.cancel()
        await asyncio.wait({calling})
    hold.unlink()
    async with remote.client(era, secret) as client:
        await agent.until_state(client, "ACTIVE")
    assert small.marked() == ["tests "]


@pytest.mark.parametrize("role", ["agent", "operator"])
async def test_every_role_has_the_tools_of_agents(remote: Remote, role: str) -> None:
    _, secret = remote.token(role=role)
    async with remote.client("2026", secret) as client:
        assert await agent.names(client) == agent.IDLE


class Rereads:
    """A client that reads the list again whenever it is told of a change; `lists` are what it has read."""

    def __init__(self) -> None:
        self.lists: list[list[str]] = []
        self.ready = asyncio.Event()
        self._changed = asyncio.Event()

    async def __call__(self, message: object) -> None:
        if isinstance(message, types.ToolListChangedNotification):
            self._changed.set()

    async def listen(self, client: Client) -> None:
        async with client.listen(tools_list_changed=True) as stream:
            self.ready.set()
            async for _ in stream:
                self._changed.set()

    async def read(self, client: Client) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            self.lists.append(await agent.names(client))


async def test_a_remote_client_that_listens_reads_the_changed_list_before_the_answer(remote: Remote, era: str) -> None:
    """Over HTTP in the 2026 era, list, call and stream are three connections of one client."""
    _, secret = remote.token()
    reads = Rereads()
    handler = reads if era == "2025" else None
    async with remote.client(era, secret, message_handler=handler) as client, asyncio.TaskGroup() as tasks:
        await agent.names(client)
        helpers = [tasks.create_task(reads.read(client))]
        if era == "2026":
            helpers.append(tasks.create_task(reads.listen(client)))
            await reads.ready.wait()
        await agent.good(client, "start_sprint", name="One")
        assert reads.lists[-1] == agent.SPRINT
        for helper in helpers:
            helper.cancel()
