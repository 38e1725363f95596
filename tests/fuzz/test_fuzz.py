"""A few of the cases that `make fuzz` lives through by the thousand, and that it would find what it looks for."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.extent import in_full
from tests.fuzz.attack import Exchange, carry_out
from tests.fuzz.case import TOKENS, Case, Link
from tests.fuzz.generator import case
from tests.fuzz.judgement import Log, faults
from tests.fuzz.lasting import changes, state_of
from tests.fuzz.storm import storm
from tests.fuzz.target import CANARY, Target, attacked

SECONDS = 10.0
CASES = 120 if in_full() else 40


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with attacked() as target:
        yield target


async def test_hostile_clients_harm_nobody_and_learn_nothing(target: Target) -> None:
    after = await storm(target, range(1, CASES + 1))
    assert after.faults == [], "make fuzz SEED=… shows what went on in a case"
    assert after.cases == CASES
    assert all(after.told.served.values())


def test_one_number_is_one_case_to_the_last_byte() -> None:
    for seed in range(40):
        assert case(seed) == case(seed)


@pytest.mark.parametrize(
    ("received", "said"),
    [
        (b'{"at": "%(home)s/projects"}\n', "an answer holds"),
        (b'{"token": "%(token)s"}\n', "an answer holds"),
        (b'{"CANARY": "%(canary)s"}\n', "an answer holds"),
        (b'{"error": "Traceback (most recent call last)"}\n', "an answer holds"),
        (b'{"rate": NaN}\n', "a line is not JSON"),
        (b'{"name": "\\ud800"}\n', "a line is not JSON"),
        (b'{"name": "\xff"}\n', "a line is not JSON"),
        (b"[]\n", "a line is no object"),
        (b'{"ok": true}', "the last line has no end"),
    ],
)
def test_an_answer_that_should_not_be_is_found(target: Target, received: bytes, said: str) -> None:
    home, token = str(target.site.home).encode(), target.words[TOKENS[3]]
    received = received % {b"home": home, b"token": token, b"canary": CANARY.encode()} if b"%" in received else received
    found = list(faults(Exchange(Link("agent", (), 0, "finish"), b"", received), target))
    assert found
    assert all(fault.startswith(said) for fault in found)


def test_a_fault_of_the_daemons_own_is_found(target: Target) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 Internal Server Error\r\n\r\n"
    assert len(list(faults(Exchange(Link("http", (), 0, "linger"), b"", answer), target))) == 2


async def test_what_the_daemon_logs_of_a_fault_is_found(target: Target) -> None:
    log = Log(target)
    assert log.faults() == []
    with target.log.open("ab") as written:
        written.write(b"Traceback (most recent call last):\nValueError: of a test\n")
    assert "ValueError: of a test" in log.faults()[0]
    assert log.faults() == []


async def test_a_change_of_the_project_is_found(target: Target) -> None:
    before = state_of(target)
    start = b'{"command": "start_sprint", "directory": "@repository@", "arguments": {"name": "Stolen"}}\n'
    stolen = Case(0, (Link("operator", (start,), 0, "finish"),), together=False)
    await asyncio.wait_for(carry_out(stolen, target), SECONDS)
    status, entry = await changes(target, before)
    assert "ACTIVE" in status
    assert entry == "an audit entry transition"
    after = await storm(target, range(0))
    assert len(after.faults) == len(after.told.served), "each witness says that the list is another one"
