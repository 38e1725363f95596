"""A client that writes its own lines: for what no decent client would send, or not when."""

import asyncio
import json
from pathlib import Path
from typing import Any

from mcp_types import CLIENT_CAPABILITIES_META_KEY, CLIENT_INFO_META_KEY, PROTOCOL_VERSION_META_KEY

ENVELOPE = {
    PROTOCOL_VERSION_META_KEY: "2026-07-28",
    CLIENT_INFO_META_KEY: {"name": "raw", "version": "1"},
    CLIENT_CAPABILITIES_META_KEY: {"elicitation": {"form": {}}},
}
DEADLINE = 60.0


class RawClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._next_id = 0

    @classmethod
    async def open(cls, socket: Path, buffer: int = 2**20) -> "RawClient":
        """Reads ahead of its test by `buffer` bytes at most."""
        return cls(*await asyncio.open_unix_connection(str(socket), limit=buffer))

    @classmethod
    async def connect(
        cls, socket: Path, repository: Path, locked_tools: str = "hide", buffer: int = 2**20
    ) -> "RawClient":
        client = await cls.open(socket, buffer)
        hello = {"sentinel": 1, "relay": "0.1.0", "directory": str(repository), "locked_tools": locked_tools}
        await client.send(json.dumps(hello).encode())
        assert await client.receive() == {"ok": True}
        return client

    async def send(self, line: bytes) -> None:
        self._writer.write(line + b"\n")
        await self._writer.drain()

    async def receive(self) -> Any:
        """The next line; None at the end."""
        async with asyncio.timeout(DEADLINE):
            line = await self._reader.readline()
        return json.loads(line) if line else None

    async def receive_until(self, found: str, value: object) -> Any:
        while (message := await self.receive()) is not None:
            if message.get(found) == value:
                return message
        raise AssertionError(f"the connection ended before {found} = {value}")

    async def ask(self, method: str, **params: Any) -> int:
        self._next_id += 1
        await self._write({"id": self._next_id, "method": method, "params": params})
        return self._next_id

    async def call(self, method: str, **params: Any) -> Any:
        return await self.receive_until("id", await self.ask(method, **params))

    async def notify(self, method: str, **params: Any) -> None:
        await self._write({"method": method, "params": params})

    async def respond(self, id: int, result: dict[str, Any]) -> None:
        await self._write({"id": id, "result": result})

    async def initialize(self) -> None:
        """The handshake of the 2025 era, by a client that shows forms."""
        capabilities: dict[str, Any] = {"elicitation": {}}
        info = {"name": "raw", "version": "1"}
        await self.call("initialize", protocolVersion="2025-11-25", capabilities=capabilities, clientInfo=info)
        await self.notify("notifications/initialized")

    def end(self) -> None:
        """Our side; theirs may still send."""
        self._writer.write_eof()

    def close(self) -> None:
        self._writer.close()

    async def _write(self, message: dict[str, Any]) -> None:
        await self.send(json.dumps({"jsonrpc": "2.0", **message}).encode())
