"""A TCP address in front of a server's socket, and what can befall the network between the two."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import psycopg
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import URL


class Wire:
    """Carries bytes while there is light. In the dark it swallows them, and accepts connections that lead nowhere."""

    def __init__(self, socket: str, portal: BlockingPortal) -> None:
        self._socket = socket
        self._portal = portal
        self._light = asyncio.Event()
        self._light.set()
        self._carrying: set[asyncio.Task[None]] = set()
        self.port = 0
        self.swallowed = 0
        """Connections that were made in the dark."""

    def darken(self) -> None:
        """From now on nothing arrives, and nobody is told that it does not."""
        self._portal.call(self._light.clear)

    def mend(self) -> None:
        """All connections of before end, with what was on its way; new ones are carried again."""
        self._portal.call(self._end)
        self._portal.call(self._light.set)

    @asynccontextmanager
    async def strung(self) -> AsyncIterator["Wire"]:
        async with await asyncio.start_server(self._accept, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            try:
                yield self
            finally:
                self._end()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer))
        self._carrying.add(task)
        task.add_done_callback(self._carrying.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.swallowed += not self._light.is_set()
        await self._light.wait()
        there, back = await asyncio.open_unix_connection(self._socket)
        try:
            with suppress(OSError):
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._copy(reader, back))
                    tasks.create_task(self._copy(there, writer))
        finally:
            writer.close()
            back.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            await self._light.wait()
            writer.write(data)
            await writer.drain()
        await self._light.wait()
        writer.close()

    def _end(self) -> None:
        for task in self._carrying:
            task.cancel()


@contextmanager
def wire_to(database: str) -> Iterator[tuple[Wire, str]]:
    """A wire to the server of `database`, whose address leads over a socket; the address over the wire."""
    given = psycopg.conninfo.conninfo_to_dict(database)
    with start_blocking_portal() as portal:
        wire = portal.call(Wire, f"{given['host']}/.s.PGSQL.5432", portal)
        with portal.wrap_async_context_manager(wire.strung()):
            user, name = str(given["user"]), str(given["dbname"])
            address = URL.create("postgresql", user, host="127.0.0.1", port=wire.port, database=name)
            yield wire, address.render_as_string()
