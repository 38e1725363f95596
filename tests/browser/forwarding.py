"""What stands before two replicas: one address, whose connections go to the first of them that answers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def forwarded(port: int, to: Sequence[int]) -> AsyncIterator[None]:
    """Connections to `port` of this machine, to one of the others."""
    open_ones: set[asyncio.StreamWriter] = set()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for target in to:
            with suppress(OSError):
                there, back = await asyncio.open_connection("127.0.0.1", target)
                open_ones.update((writer, back))
                await asyncio.gather(_copy(reader, back), _copy(there, writer))
                open_ones.difference_update((writer, back))
                return
        writer.close()

    async with await asyncio.start_server(connect, "127.0.0.1", port):
        yield
        for writer in open_ones:
            writer.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    sink.close()
