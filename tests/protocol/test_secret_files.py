"""What an environment file holds: given to production alone, and shown by nobody who comes across it."""

import base64
import json
from pathlib import Path

from mcp import types

from tests.adapters.http_services import answers
from tests.core.secret_forms import leaks
from tests.protocol import agent
from tests.protocol.gating import result, sarif
from tests.protocol.installation import Installation
from tests.protocol.releasing import ENDS, Live, confirm, governed, notify, service, summaries

PASSWORD = 'pa55/w+rd "of" prod€'  # noqa: S105 - a stand-in


def keep_password(live: Live) -> Path:
    """In the file of production's environment, with a word that is no secret; everybody else prints it."""
    file, encoded = live.file("production.env"), live.file("encoded")
    file.write_text(f"PASSWORD='{PASSWORD}'\nSTAGE=production\n")
    encoded.write_bytes(base64.b64encode(PASSWORD.encode()))
    live.small.change_policy(
        {
            "project": {"remote": "origin"},
            "production.environment": {"env_file": str(file)},
            "tests": {"command": f"cat {file} {encoded}; test -e {live.file('tested')}"},
        }
    )
    live.script("production", 'echo "$STAGE: $PASSWORD"')
    # Cut after 60 characters, in the middle of the password.
    live.faults["0.1.0"] = answers(200, f"{'x' * 48}{PASSWORD}".encode())
    live.small.commit("Keep the password in a file")
    return live.small.add_remote()


async def test_whatever_quotes_the_password_of_production_shows_it_nowhere(
    own: Installation, live: Live, short_folder: Path
) -> None:
    remote, small = keep_password(live), live.small
    report = short_folder / "report.sarif"
    report.write_text(sarif(result(f"the password {PASSWORD} is in a file", "warning")))
    said: dict[str, str] = {}
    with service(answers(200, b"ok\n")) as inbox:
        notify(own, inbox.url)
        async with governed(own) as client:
            await agent.good(client, "start_sprint", name="One")
            said["the tests"] = agent.text(await agent.call(client, "run_tests"))
            live.file("tested").touch()
            assert own.confirmed("audit", "import", str(report)).code == 0
            said["a finding"] = own.run("audit", "list", "--findings").out
            await agent.to_soaked(client)
            small.git("remote", "set-url", "origin", f"/nonexistent/{PASSWORD}/shop.git")
            said["git"] = agent.text(await agent.call(client, "deploy", target="production", version="v0.1.0"))
            small.git("remote", "set-url", "origin", str(remote))
            await agent.good(client, "deploy", target="production", version="v0.1.0")
            confirm(own)
            failed = await agent.until_state(client, *ENDS)
            assert failed["state"] == "HALTED", failed
            (said["production"],) = summaries(own, "deployment failed")
        own.stop()
        own.run("daemon", "start")
        own.operator.ask("resolve", production=None)
        own.operator.ask("close_sprint")
        named = types.Implementation(name=f"Client of {PASSWORD}", version="1")
        async with own.client("2026", client_info=named) as client:
            said["an agent"] = agent.text(await agent.call(client, "start_sprint", name=f"With {PASSWORD}"))
        seen = [own.run(*words).out for words in (("status", "--json"), ("audit", "list"), ("audit", "export"))]
    own.stop()
    log = next(own.home.glob("operations/*/*/production/1/output.log")).read_text()
    assert log == "production: ***\n"
    assert "agent:Client of ***" in seen[2]
    assert PASSWORD[:8] not in said["production"]
    assert {who: "***" in text for who, text in said.items()} == dict.fromkeys(said, True), said
    told = b"".join(request.body for request in inbox.requests)
    assert b"HALTED" in told
    shown = "\n".join((*said.values(), *seen, json.dumps(failed, ensure_ascii=False))).encode()
    assert (leaks(shown, PASSWORD), leaks(told, PASSWORD)) == ([], [])
    kept = [file for file in own.home.rglob("*") if file.is_file()]
    assert {file.name for file in kept} >= {"daemon.log", "sentinel.db", "output.log"}
    assert {str(file): found for file in kept if (found := leaks(file.read_bytes(), PASSWORD))} == {}
