"""The console once it is needed: its application behind an HTTP server."""

import socket
from collections.abc import Sequence

import anyio

from sentinel.daemon_file import Console as Settings
from sentinel.front.console.app import Console
from sentinel.front.console.server import Served
from sentinel.front.http_serving import server_of


async def run(served: Served, settings: Settings, listeners: Sequence[socket.socket]) -> None:
    """Until cancelled. Raises CertificateError."""
    console = Console(served)
    server = server_of(console.app(), settings.certificate, settings.key, table="console")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server.run_until_told, listeners)
        for listener in listeners:
            tasks.start_soon(server.accept, listener)
        try:
            await anyio.sleep_forever()
        finally:
            console.feeds.end_all()
            server.should_exit = True
