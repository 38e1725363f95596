"""What people alone may say: what production runs, where Sentinel did not deploy it or cannot go on."""

import pytest

from tests.adapters.http_services import answers, until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, history, notify, release, service, told

pytestmark = pytest.mark.timeout(300)
SECONDS = 60.0


@pytest.mark.requirement("P4.1-rollback")
async def test_a_first_release_that_fails_halts_until_a_person_says_what_production_runs(
    own: Installation, live: Live
) -> None:
    broken, previous = live.file("broken"), live.file("previous")
    live.script("production", f"test ! -e {broken} || exit 3")
    live.script("rollback", f'cat "$SENTINEL_PREVIOUS_ARTIFACTS/out/app" >{previous}')
    live.small.commit("Fail on demand")
    broken.touch()
    with service(answers()) as inbox:
        notify(own, inbox.url)
        async with governed(own) as client:
            halted = await release(client, own)
            assert halted["state"] == "HALTED", halted
            assert "HALTED: the rollback failed. There is no earlier release to go back to." in halted["message"]
            assert await agent.names(client) == ["release_status", "hold_release"]
            await until(lambda: "Small: HALTED, a person must look at production" in told(inbox), SECONDS)
            refused = own.confirmed("rollback", "--reason", "Try.", typed="ROLLBACK-NOW")
            assert refused.code == 1
            assert refused.err.startswith("sentinel: Production has no earlier release to go back to.\n")
            resolved = own.confirmed("resolve", "--production", "none")
            assert resolved.code == 0, resolved.err
            assert resolved.out.startswith("Resolved: production runs no release of Sentinel.")
            found = await agent.state(client)
            assert (found["state"], found["production"]) == ("ACTIVE", None)

            live.small.next_changes("0.1.0", "A search.")
            assert (await release(client, own))["state"] == "HALTED"
            unknown = own.confirmed("resolve", "--production", "9.9.9")
            assert unknown.code == 1
            assert unknown.err.startswith("sentinel: Production cannot be recorded: the repository has no tag v9.9.9.")
            assert own.confirmed("resolve", "--production", "v0.2.0").code == 0
            found = await agent.state(client)
            assert (found["state"], found["production"]["version"]) == ("ACTIVE", "0.2.0")
            kept = live.small.git("rev-parse", "HEAD")

            live.small.next_changes("0.2.0", "A better search.")
            failed = await release(client, own)
            assert (failed["state"], failed["production"]["version"]) == ("ACTIVE", "0.2.0"), failed
            assert (live.version(), previous.read_text().strip()) == ("0.2.0", kept)
    said = [entry["summary"] for entry in history(own) if entry["data"].get("on") == "resolved"]
    assert said == ["resolved: production runs nothing", "resolved: production runs v0.2.0"]
