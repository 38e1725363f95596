"""What the URL chooses over HTTP: how locked tools are listed, and how long a call may wait."""

import pytest

from sentinel.core.tools.catalog import Tool
from tests.front.http.remote import Remote
from tests.front.http.test_admission import INITIALIZE, MODERN, modern
from tests.protocol import agent


async def test_a_remote_client_that_keeps_its_first_list_can_release(remote: Remote, era: str) -> None:
    _, secret = remote.token()
    query = "?locked-tools=reject&longest-wait=540"
    async with remote.client(era, secret, query=query) as client, remote.client(era, secret) as other:
        first = (await client.list_tools(cache_mode="bypass")).tools
        assert len(first) == len(Tool)
        by_name = {tool.name: tool for tool in first}
        assert by_name["deploy"].input_schema["properties"]["target"]["enum"] == ["staging", "production"]
        assert by_name["release_status"].input_schema["properties"]["wait_seconds"]["maximum"] == 540
        refused = await agent.call(client, "deploy", target="production", version="v1.2.0")
        assert refused.is_error
        assert agent.sentence(refused).startswith("Production is LOCKED: there is no release candidate")
        assert await agent.names(other) == agent.IDLE
        await agent.to_question(client)
        assert (await client.list_tools(cache_mode="bypass")).tools == first


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("locked-tools=show", "locked-tools: found 'show', expected hide or reject."),
        ("locked-tools=", "locked-tools: found '', expected hide or reject."),
        ("locked-tools=Reject", "locked-tools: found 'Reject', expected hide or reject."),
        ("locked_tools=reject", "locked_tools: found such a parameter, expected locked-tools or longest-wait."),
        ("locked-tools=hide&locked-tools=reject", "locked-tools: found it twice, expected it once."),
        ("longest-wait=0", "longest-wait: found '0', expected a number of seconds from 1 to 3600."),
        ("longest-wait=3601", "longest-wait: found '3601', expected a number of seconds from 1 to 3600."),
        ("longest-wait=1h", "longest-wait: found '1h', expected a number of seconds from 1 to 3600."),
        ("%00%ff=1", "expected locked-tools or longest-wait."),
    ],
)
async def test_a_url_that_chooses_something_unknown_is_refused_in_one_sentence(
    remote: Remote, query: str, said: str
) -> None:
    _, secret = remote.token()
    async with remote.http(secret) as http:
        for body, headers in (
            (INITIALIZE, {}),
            (modern("tools/list"), {**MODERN, "mcp-method": "tools/list"}),
        ):
            answer = await http.post(f"{remote.url}?{query}", json=body, headers=headers)
            assert answer.status_code == 400
            assert said in answer.json()["error"]["message"]
            assert "/mcp?locked-tools=reject" in answer.json()["error"]["message"]
            assert "mcp-session-id" not in answer.headers
