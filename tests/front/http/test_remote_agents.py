"""A remote agent works as a local one does, in both eras."""

from tests.front.http.remote import Remote
from tests.protocol import agent


async def test_a_remote_agent_is_shown_the_tools_of_its_project(remote: Remote, era: str) -> None:
    _, secret = remote.token()
    async with remote.client(era, secret) as client:
        assert "start_sprint" in await agent.names(client)
