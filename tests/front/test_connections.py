"""Limits of connections, and what happens at them."""

import errno
import os

import anyio
import anyio.lowlevel
import pytest

from sentinel.errors.connection import TooManyConnectionsError
from sentinel.front import connections
from sentinel.front.connections import Connections, pause_for, serve_each


async def test_the_oldest_that_has_not_said_who_it_is_makes_room() -> None:
    limited = Connections(10, 10, new=2)
    ended: list[int] = []

    async def silent(number: int) -> None:
        try:
            with limited.arriving():
                await anyio.sleep_forever()
        except TooManyConnectionsError:
            ended.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(silent, number)
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        assert ended == [0, 1]
        tasks.cancel_scope.cancel()


def test_one_user_leaves_room_for_others() -> None:
    limited = Connections(3, 2)
    with limited.known("ann"), limited.known("ann"):
        with pytest.raises(TooManyConnectionsError), limited.known("ann"):
            pass
        with limited.known("bob"), pytest.raises(TooManyConnectionsError), limited.known("cid"):
            pass
    with limited.known("ann"):
        pass


async def test_accepting_goes_on_where_the_system_had_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PAUSE_SECONDS", 0.0)
    faults = [errno.EMFILE, errno.ENFILE, errno.ECONNABORTED]
    left = list(faults)

    async def accept() -> None:
        if left:
            number = left.pop(0)
            raise anyio.BrokenResourceError from OSError(number, os.strerror(number))
        raise anyio.BrokenResourceError from OSError(errno.EBADF, "closed")

    async with anyio.create_task_group() as tasks:
        with pytest.raises(anyio.BrokenResourceError):
            await serve_each(accept, lambda _: anyio.lowlevel.checkpoint(), tasks)  # type: ignore[arg-type]
    assert left == []
    assert not await pause_for(None)
