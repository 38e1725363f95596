from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small


async def test_x(site: Installation, small: Small) -> None:
    site.pin()
    async with site.client("2026") as client:
        await agent.to_question(client)
        done = site.approve()
        assert done.code == 0, done.out
        found = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
        assert found["state"] == "IDLE", found
    assert small.marked() == []
