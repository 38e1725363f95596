"""The console: a page beside a bare one, a change on many open pages, and what it weighs."""

import asyncio
import re
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote, urlencode

from tests.bench.section import Figure, Line, Plot, Section, ratio
from tests.bench.stdio import resident_kib
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.shop import Shop, free_port

PAGES, CHANGES, VISITS = 100, 20, 200
STATIC = Path(__file__).parents[2] / "src" / "sentinel" / "front" / "console" / "static"
METHOD = (
    "A daemon with one project and a console. Its page is asked for {visits} times over one connection, in turns with "
    "a bare Starlette page of the same size under the same server; once more so, each time by an address that was not "
    "asked for before, so that the page is made anew each time. Then {pages} browsers have that page open, and "
    "{changes} times a sprint is started or closed: the time counts from before the request until each has the news."
)
BARE = """
import sys, uvicorn
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route

body = "x" * int(sys.argv[2])


async def page(request):
    return HTMLResponse(body)


uvicorn.run(Starlette(routes=[Route("/", page)]), port=int(sys.argv[1]), http="h11", log_level="error")
"""


def console(folder: Path) -> Section:
    shop, port = Shop.create(folder), free_port()
    home = folder / "home"
    home.mkdir()
    (home / "daemon.toml").write_text(f'[console]\nlisten = "127.0.0.1:{port}"\n')
    installation = Installation(home, shop.root, shop.environment, SENTINEL)
    try:
        assert installation.trust().code == 0
        # As it is on all days but the first: a daemon that has no store to make.
        installation.stop()
        assert installation.run("daemon", "start").code == 0
        return _measured(installation, port)
    finally:
        installation.stop()


def _measured(installation: Installation, port: int) -> Section:
    daemon = int((installation.home / "daemon.lock").read_text())
    asked = installation.operator
    closed = resident_kib(daemon)
    link = str(asked.ask("console"))
    bound = resident_kib(daemon)
    cookie = _signed_in(port, link)
    path = f"/projects/{asked.ask('status')['project']}"
    size = len(_get(HTTPConnection("localhost", port), path, cookie))
    kept, anew = (_in_turns(port, path, cookie, size, anew=anew) for anew in (False, True))
    waits = asyncio.run(_changes(installation, port, path, cookie))
    opened = resident_kib(daemon)
    weight = sum(file.stat().st_size for file in STATIC.iterdir() if file.suffix in (".css", ".js"))
    milliseconds = tuple(1000 * wait for wait in waits)
    slowest = sorted(waits)[int(len(waits) * 0.99) - 1]
    return Section(
        "The console",
        METHOD.format(visits=VISITS, pages=PAGES, changes=CHANGES),
        (
            ratio(f"a page of {size / 1000:.0f} kB whose project has not changed", *kept, 3),
            ratio("the same page, made anew", *anew, 3),
            Figure(f"a change on {PAGES} open pages, p99", 1000 * slowest, 100, " ms"),
            Figure("scripts and styles", weight / 1000, 40, " kB", "not compressed"),
            Figure("memory of the daemon for a console that nobody has opened", (bound - closed) / 1024, 1, " MB"),
            Figure("memory of the daemon with those pages open", opened / 1024, 130, " MB"),
        ),
        (
            Plot(
                "console",
                "Until a change is on an open page",
                "ms",
                (Line("pages", milliseconds, 0),),
            ),
        ),
    )


def _signed_in(port: int, link: str) -> str:
    connection = HTTPConnection("localhost", port)
    body = urlencode({"link": link.partition("link=")[2], "next": "/"})
    connection.request("POST", "/open", body, {"Origin": f"http://localhost:{port}"})
    answer = connection.getresponse()
    answer.read()
    return str(answer.headers["set-cookie"]).partition(";")[0]


def _get(connection: HTTPConnection, path: str, cookie: str) -> bytes:
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, answer.status
    return body


def _in_turns(port: int, path: str, cookie: str, size: int, *, anew: bool) -> tuple[list[float], list[float]]:
    """Of the console and of the bare page; `anew` asks for what the console has not kept."""
    other = free_port()
    server = subprocess.Popen([sys.executable, "-c", BARE, str(other), str(size)])
    try:
        ours, theirs = HTTPConnection("localhost", port), HTTPConnection("127.0.0.1", other)
        _until_open(other)
        spent: tuple[list[float], list[float]] = ([], [])
        for number in range(VISITS):
            own = f"{path}?visit={number}" if anew else path
            for place, (connection, asked) in enumerate(((ours, own), (theirs, "/"))):
                began = time.perf_counter()
                _get(connection, asked, cookie)
                spent[place].append(time.perf_counter() - began)
        return spent
    finally:
        server.terminate()
        server.wait()


def _until_open(port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


async def _changes(installation: Installation, port: int, path: str, cookie: str) -> list[float]:
    """Until each page has each change."""
    pages = []
    for _ in range(PAGES):
        pages.append(await _Page.open(port, path, cookie))
        await pages[-1].news("IDLE")
    waits = []
    for number in range(CHANGES):
        command, state = ("start_sprint", "ACTIVE") if number % 2 == 0 else ("close_sprint", "IDLE")
        arguments = {"name": "One"} if command == "start_sprint" else {}
        waiting = [asyncio.create_task(page.news(state)) for page in pages]
        began = time.perf_counter()
        await asyncio.to_thread(installation.operator.ask, command, **arguments)
        waits += [at - began for at in await asyncio.gather(*waiting)]
        await asyncio.sleep(0.2)
    for page in pages:
        page.close()
    return waits


class _Page:
    """The stream of changes of one browser."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int, path: str, cookie: str) -> "_Page":
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 20)
        head = f"GET /changes?of={quote(path, safe='')} HTTP/1.1\r\nHost: localhost:{port}\r\nCookie: {cookie}\r\n\r\n"
        writer.write(head.encode())
        return cls(reader, writer)

    async def news(self, state: str) -> float:
        """When it was told that the project is in that state."""
        told = re.compile(rb"tone-[a-z]+[^{}]*" + re.escape(f">{state}<".encode()))
        async with asyncio.timeout(20):
            while not told.search(await self._reader.readline()):
                pass
        return time.perf_counter()

    def close(self) -> None:
        self._writer.close()
