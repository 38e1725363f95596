"""The daemon's log has no secrets in it, whoever wrote the line."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog
from sentinel.daemon import configure_logging
configure_logging(lambda text: text.replace("pa55-word", "***"))
log = structlog.get_logger("daemon")
log.warning("at pa55-word", url="https://x:pa55-word@example.org", place=3, words=["pa55-word"])
try:
    raise ValueError("it was pa55-word")
except ValueError:
    log.exception("failed")
    logging.getLogger("library").exception("said %s", "pa55-word")
"""
RACE = """
import asyncio
from sentinel.daemon import configure_logging
configure_logging(str)
async def race():
    loop = asyncio.get_running_loop()
    waited = loop.create_future()
    waited.cancel()
    loop.call_soon(waited.set_result, None)
    loop.call_soon(print, 1 / 1)
    loop.call_soon(lambda: 1 / 0)
    await asyncio.sleep(0.01)
asyncio.run(race())
"""


def test_a_socket_that_is_ready_too_late_is_no_news_and_any_other_fault_is() -> None:
    done = subprocess.run([sys.executable, "-c", RACE], capture_output=True, text=True, check=True)
    assert done.stdout == "1.0\n"
    assert "InvalidStateError" not in done.stderr
    assert "ZeroDivisionError" in done.stderr


def test_events_exceptions_and_what_libraries_log_are_masked() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    first, second, *foreign = done.stderr.splitlines()
    event = json.loads(first)
    assert (event["event"], event["url"], event["place"]) == ("at ***", "https://x:***@example.org", 3)
    assert "it was ***" in json.loads(second)["exception"]
    assert foreign[0] == "ERROR:library:said ***"
    assert "pa55-word" not in done.stderr
