"""What commands leave running in advisory mode: ended, but for the services that staging and production start."""

import os
import signal
import socket
import sys

from tests.adapters.supervised import alive, number_in
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.small import Small

SERVER = '''
import socket, subprocess, sys
probe = socket.socket()
probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
probe.bind(("127.0.0.1", {port}))
probe.close()
serve = """
import socket, time
kept = socket.create_server(("127.0.0.1", {port}))
open({mark!r}, "w")
time.sleep(60)
"""
subprocess.Popen([sys.executable, "-c", serve], start_new_session=True, stdout=subprocess.DEVNULL)
while not __import__("os").path.exists({mark!r}):
    pass
'''


async def test_a_server_that_the_tests_leave_behind_does_not_break_the_next_run(
    site: Installation, small: Small
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    small.write("check.py", SERVER.format(port=port, mark=str(small.root.parent / "serving")))
    small.change_policy({"tests": {"command": [sys.executable, "check.py"]}})
    small.commit("Leave a server behind")
    assert site.trust().code == 0
    async with site.client("2026") as client:
        await agent.good(client, "start_sprint", name="One")
        for _ in range(2):
            tested = await agent.call(client, "run_tests")
            assert "The tests passed" in agent.text(tested), agent.text(tested)


async def test_only_what_deploys_leaves_services(site: Installation, small: Small) -> None:
    folder = small.root.parent
    for name in ("setup", "build", "tests", "staging", "smoke", "production"):
        leave = f"setsid sleep 600 >/dev/null 2>&1 & echo $! >{folder}/{name}.pid"
        if name in ("build", "tests", "setup"):
            kept = "; [ -d out ] || mkdir out; git rev-parse HEAD >out/app" if name == "build" else ""
            section, key = ("build", "setup") if name == "setup" else (name, "command")
            small.change_policy({section: {key: f"{leave}{kept}"}})
        else:
            small.script(name, leave)
    small.commit("Leave something everywhere")
    assert site.trust().code == 0
    async with site.client("2026") as client:
        await agent.to_question(client)
        assert site.approve().code == 0
        await agent.until_state(client, "IDLE")
    left = {path.stem: number_in(path) for path in folder.glob("*.pid")}
    running = {name for name, pid in left.items() if pid is not None and alive(pid)}
    assert running == {"staging", "production"}, left
    for name in running:
        pid = left[name]
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
