"""Carries out one case, and keeps what was said on both sides."""

import asyncio
import re
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from itertools import product

from tests.fuzz.case import SESSION, Case, Link
from tests.fuzz.target import Target

READ_SECONDS = 60.0
"""How long the daemon may say nothing on a connection whose client has ended its side, and not end it."""
QUIET_SECONDS = 0.2
"""A connection that lingers is left when nothing came for so long."""
LINGER_SECONDS = 1.5
KEPT_BYTES = 16 * 2**20
_SESSION = re.compile(rb"mcp-session-id: ([0-9a-f]{32})")
_BEARER = re.compile(rb"Bearer (sentinel_[\w-]+)")


@dataclass(frozen=True, slots=True)
class Exchange:
    """What went over one connection; `hung` where the daemon did not end it in time."""

    link: Link
    sent: bytes
    received: bytes
    hung: bool = False


async def carry_out(case: Case, target: Target) -> list[Exchange]:
    if case.together:
        exchanges = list(await asyncio.gather(*(_connect(link, target, b"none") for link in case.links)))
        await _end_sessions(target, exchanges)
        return exchanges
    exchanges = []
    session = b"none"
    for link in case.links:
        exchanges.append(await _connect(link, target, session))
        named = _SESSION.search(exchanges[-1].received)
        session = named[1] if named else session
    await _end_sessions(target, exchanges)
    return exchanges


async def _connect(link: Link, target: Target, session: bytes) -> Exchange:
    pieces = [_filled(piece, target, session) for piece in link.pieces]
    sent = b"".join(pieces)
    received = bytearray()
    try:
        reader, writer = await _open(link, target)
    except OSError:  # a full backlog is a refusal too; the witnesses tell whether anyone else gets in
        return Exchange(link, sent, b"")
    reading = asyncio.create_task(_read(reader, received, link))
    try:
        with suppress(ConnectionError):
            await _send(writer, pieces, link.pause)
        hung = await _end(link, writer, reading, received)
    finally:
        reading.cancel()
        writer.close()
    return Exchange(link, sent, bytes(received), hung)


async def _open(link: Link, target: Target) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if link.place == "http":
        return await asyncio.open_connection("127.0.0.1", target.port)
    return await asyncio.open_unix_connection(str(target.agents if link.place == "agent" else target.operators))


def _filled(piece: bytes, target: Target, session: bytes) -> bytes:
    if b"@" in piece:
        for word, meant in {**target.words, SESSION: session}.items():
            piece = piece.replace(word, meant)
    return piece


async def _send(writer: asyncio.StreamWriter, pieces: list[bytes], pause: float) -> None:
    for piece in pieces:
        writer.write(piece)
        with suppress(TimeoutError):
            await asyncio.wait_for(writer.drain(), LINGER_SECONDS)
        if pause:
            await asyncio.sleep(pause)


async def _end(link: Link, writer: asyncio.StreamWriter, reading: "asyncio.Task[None]", received: bytearray) -> bool:
    """Whether the daemon left a connection open that it should have ended."""
    if link.ending == "finish":
        with suppress(OSError):
            writer.write_eof()
        before = -1
        while not reading.done() and len(received) > before:  # thousands of requests take a busy machine a while
            before = len(received)
            await asyncio.wait({reading}, timeout=READ_SECONDS)
        return not reading.done()
    if link.ending == "linger":
        await asyncio.wait({reading}, timeout=LINGER_SECONDS)
    elif link.ending == "reset":
        with suppress(OSError):  # the daemon was quicker
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
    return False


async def _read(reader: asyncio.StreamReader, received: bytearray, link: Link) -> None:
    quiet = QUIET_SECONDS if link.ending == "linger" else None
    with suppress(OSError, TimeoutError):
        while link.ending in ("finish", "linger"):
            data = await asyncio.wait_for(reader.read(2**16), quiet if received else None)
            if not data:
                return
            if len(received) < KEPT_BYTES:
                received += data


async def _end_sessions(target: Target, exchanges: list[Exchange]) -> None:
    """A token has few sessions, which the cases after this one need too."""
    opened = {each for exchange in exchanges for each in _SESSION.findall(exchange.received)}
    bearers = {each for exchange in exchanges for each in _BEARER.findall(exchange.sent)} if opened else set()
    async with target.remote.http(None) as http:
        for session, bearer in product(opened, bearers):
            headers = {"authorization": f"Bearer {bearer.decode()}", "mcp-session-id": session.decode()}
            await http.delete(target.remote.url, headers=headers)
