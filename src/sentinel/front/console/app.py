"""The console as a web application: sessions, pages, their changes, and what a person decides there."""

import hashlib
import secrets
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib import resources
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import anyio
import structlog
from anyio import to_thread
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from sentinel.adapters.console_sessions import BegunSession, Session, digest_of
from sentinel.adapters.files import remove_tree
from sentinel.core.approval.passkeys import RelyingParty, checked_line, passkey_line
from sentinel.core.values.printable import printable
from sentinel.daemon_file import Console as Settings
from sentinel.engine.people.passkeys import AskToSignIn, SignInByPasskey
from sentinel.errors import RefusedError, SentinelError
from sentinel.errors.approval import SignInExpiredError
from sentinel.errors.connection import (
    ForeignRequestError,
    InternalError,
    LinkUsedError,
    OversizedFormError,
    PlainConsoleError,
    SignedOutError,
    UnknownPageError,
)
from sentinel.errors.store import UnknownProjectError
from sentinel.front.console import screens
from sentinel.front.console.decisions import DECISIONS, Decision, asked, form_of
from sentinel.front.console.live import Built, Feeds
from sentinel.front.console.page import Page, Reader, Rendered, RenderedPages, rendered
from sentinel.front.console.pages.sessions import (
    assertion_in,
    begun_page,
    enter_page,
    line_page,
    passkey_page,
    refused_page,
    sign_in_page,
    signed_out_page,
)
from sentinel.front.console.screens import InProcess, Visit, write_proof
from sentinel.front.console.security import Guarded
from sentinel.front.console.server import Nonces, Served
from sentinel.front.http_serving import server_of

NOBODY = "console"
"""Who asks before a session has begun."""
STATUSES: Mapping[type[SentinelError], int] = {
    SignedOutError: 401,
    ForeignRequestError: 403,
    UnknownPageError: 404,
    UnknownProjectError: 404,
    OversizedFormError: 413,
    InternalError: 500,
}
"""What each refusal is in HTTP; a rule that says no is 409, and anything else 400."""
TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Signed:
    """A request in somebody's session; `by` is how the history names them."""

    session: Session
    secret: str

    @property
    def by(self) -> str:
        return f"person:{self.session.person}"


Endpoint = Callable[[Request], Awaitable[Response]]


class Console:
    """Answers browsers."""

    def __init__(self, served: Served) -> None:
        self._api = served.api
        self._sessions = served.sessions
        self._links = served.links
        self._nonces = Nonces()
        self._admission = served.admission
        self._origin = served.origin
        self._trust = served.trust
        self.feeds = Feeds(served.api)
        self._pages = RenderedPages()
        self._relying_party = RelyingParty(urlsplit(served.origin).hostname or "", served.origin)
        encrypted = served.origin.startswith("https:")
        # Cookies know no ports: two consoles of one machine must not take each other's.
        self._cookie = "__Host-sentinel" if encrypted else f"sentinel-{urlsplit(served.origin).port or 80}"
        self._encrypted = encrypted

    def app(self) -> ASGIApp:
        page = self._answered(self._page)
        routes = [
            Route("/projects/{project}/proof.tar", self._answered(self._proof)),
            Route("/projects/{path:path}", page),
            Route("/static/{name}", self._static),
            Route("/open", self._answered(self._enter), methods=["GET"]),
            Route("/open", self._answered(self._open), methods=["POST"]),
            Route("/sign-in", self._answered(self._ask_passkey), methods=["GET"]),
            Route("/sign-in", self._answered(self._sign_in), methods=["POST"]),
            Route("/passkey", self._answered(self._passkey), methods=["GET"]),
            Route("/passkey", self._answered(self._passkey_made), methods=["POST"]),
            Route("/sign-out", self._answered(self._sign_out), methods=["POST"]),
            Route("/changes", self._answered(self._changes)),
            *(
                Route(f"/projects/{{project}}{one.path}", self._answered(partial(self._decide, one)), methods=["POST"])
                for one in DECISIONS
            ),
            Route("/{path:path}", page),
        ]
        return Guarded(Starlette(routes=routes), self._origin)

    def _answered(self, endpoint: Endpoint) -> Endpoint:
        """Every refusal is a page."""

        async def answer(request: Request) -> Response:
            try:
                return await endpoint(request)
            except SentinelError as error:
                return self._refusal(request, error)
            except Exception:
                fault = InternalError(id=secrets.token_hex(4))
                log.exception("request failed", what=fault.what)
                return self._refusal(request, fault)

        return answer

    def _refusal(self, request: Request, error: SentinelError) -> Response:
        status = STATUSES.get(type(error), 409 if isinstance(error, RefusedError) else 400)
        page = (
            signed_out_page(error)
            if isinstance(error, SignedOutError)
            else refused_page(self._api.mask(error.what), self._api.mask(error.fix))
        )
        return self._html(page, self._found_reader(request), status=status)

    # Sessions

    async def _enter(self, request: Request) -> Response:
        """A link is used by a request that only a page makes: what merely looks at it does not spend it."""
        secret = request.query_params.get("link", "")
        holder = self._links.whose(secret)
        if holder is None:
            raise LinkUsedError
        return self._html(enter_page(holder.person, secret, _next(request.query_params.get("next"))), self._nobody())

    async def _open(self, request: Request) -> Response:
        form = await form_of(request)
        holder = self._links.use(form.get("link", ""))
        if holder is None:
            raise LinkUsedError
        self._admission.check(holder.uid, holder.person)
        begun = self._sessions.begin(holder.person, _now(), uid=holder.uid)
        return self._begun(begun, _next(form.get("next")))

    async def _ask_passkey(self, request: Request) -> Response:
        nonce = self._nonces.make()
        use = await self._api.ask(NOBODY, "", AskToSignIn(nonce=nonce))
        return self._html(sign_in_page(nonce, use, _next(request.query_params.get("next"))), self._nobody())

    async def _sign_in(self, request: Request) -> Response:
        form = await form_of(request)
        if not self._nonces.use(form.get("nonce", "")):
            raise SignInExpiredError
        wanted = asked(SignInByPasskey, nonce=form["nonce"], assertion=assertion_in(form))
        holder = await self._api.ask(NOBODY, "", wanted)
        begun = self._sessions.begin(holder.principal, _now(), key=holder.public_key)
        return self._begun(begun, _next(form.get("next")))

    def _begun(self, begun: BegunSession, following: str) -> Response:
        response = self._html(begun_page(begun.form_token, following), self._nobody())
        response.set_cookie(
            self._cookie,
            begun.secret,
            expires=begun.session.expires,
            path="/",
            secure=self._encrypted,
            httponly=True,
            samesite="strict",
        )
        return response

    async def _sign_out(self, request: Request) -> Response:
        signed, _ = await self._acting(request)
        self._sessions.end(signed.secret)
        response = self._html(signed_out_page(SignedOutError()), self._nobody())
        response.delete_cookie(self._cookie, path="/", secure=self._encrypted, httponly=True, samesite="strict")
        return response

    def _signed(self, request: Request) -> Signed:
        """Raises SignedOutError, or NotAnOperatorError for who is none any more."""
        secret = request.cookies.get(self._cookie, "")
        session = self._sessions.find(secret, _now())
        if session is None:
            raise SignedOutError
        if session.uid is not None:
            self._admission.check(session.uid, session.person)
        return Signed(session, secret)

    async def _acting(self, request: Request) -> tuple[Signed, Mapping[str, str]]:
        """Who sends which form. Raises ForeignRequestError where it does not carry the token of their session."""
        signed, form = self._signed(request), await form_of(request)
        if not secrets.compare_digest(digest_of(form.get("token", "")), signed.session.form_digest):
            raise ForeignRequestError(detail="it does not carry the token of your session")
        return signed, form

    async def _passkey(self, request: Request) -> Response:
        signed = self._signed(request)
        return self._html(passkey_page(self._relying_party, signed.session.person), self._reader(signed))

    async def _passkey_made(self, request: Request) -> Response:
        """Shows the line: an operator adds it at a terminal."""
        signed, form = await self._acting(request)
        line = passkey_line(
            form.get("name", ""), form.get("public_key", ""), form.get("credential", ""), self._relying_party
        )
        checked_line(line)
        return self._html(line_page(line), self._reader(signed))

    # Pages

    async def _page(self, request: Request) -> Response:
        signed = self._signed(request)
        page = await self._rendered(signed, request.url.path, dict(request.query_params))
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        changes = f"/changes?of={quote(address, safe='')}" if page.live else ""
        return HTMLResponse(page.document(self._reader(signed), _now(), changes=changes))

    async def _rendered(self, signed: Signed, path: str, query: Mapping[str, str]) -> Rendered:
        build, named = screens.find(path)
        project, key = named.get("project", ""), signed.session.public_key
        visit = Visit(self._api, signed.by, project, named, query, key)
        if project and not await visit.sees(project):
            raise UnknownProjectError(project=printable(project, limit=80))
        return self._pages.of((key, path, *query.items()), await build(visit))

    async def _changes(self, request: Request) -> Response:
        signed = self._signed(request)
        if request.method == "HEAD":  # a browser that lost its connection asks whether it is still signed in
            return Response()
        address = request.query_params.get("of", "")
        path, _, query = address.partition("?")
        _, named = screens.find(path)
        given = dict(parse_qsl(query))

        async def build() -> Built:
            found = await self._rendered(signed, path, given)
            parts = {name: part for name, part in found.parts.items() if name in found.live}
            return Built(parts, found.page.again_seconds)

        shared_by = f"{signed.session.public_key or ''} {address}"

        async def stream() -> AsyncIterator[bytes]:
            async with self.feeds.subscribe(shared_by, named.get("project", ""), build) as subscriber:
                while (sent := await subscriber.next()) is not None and self._open_still(request):
                    yield sent

        return StreamingResponse(stream(), media_type="text/event-stream")

    def _open_still(self, request: Request) -> bool:
        try:
            self._signed(request)
        except SentinelError:
            return False
        return True

    async def _proof(self, request: Request) -> Response:
        signed, project = self._signed(request), request.path_params["project"]
        await self._require(signed, project)
        source = InProcess(self._api, signed.by, project)
        folder = Path(await to_thread.run_sync(partial(tempfile.mkdtemp, prefix="sentinel-proof-")))
        gone = BackgroundTask(remove_tree, folder)
        try:
            await to_thread.run_sync(write_proof, source, folder / "proof.tar")
        except BaseException:
            await gone()
            raise
        return FileResponse(folder / "proof.tar", filename=f"{project}.tar", background=gone)

    async def _require(self, signed: Signed, project: str) -> None:
        """Raises UnknownProjectError where their passkey may not approve for it."""
        if not await Visit(self._api, signed.by, project, {}, {}, signed.session.public_key).sees(project):
            raise UnknownProjectError(project=printable(project, limit=80))

    async def _static(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in FILES:
            return Response(status_code=404)
        content, tag = FILES[name]
        kept = {"Cache-Control": "no-cache", "ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=kept)
        return Response(content, headers=kept, media_type=TYPES[name.rpartition(".")[2]])

    def _html(self, page: Page, reader: Reader, *, status: int = 200) -> HTMLResponse:
        return HTMLResponse(rendered(page).document(reader, _now()), status)

    def _nobody(self) -> Reader:
        return Reader(None, self._trust)

    def _reader(self, signed: Signed) -> Reader:
        return Reader(signed.session.person, self._trust)

    def _found_reader(self, request: Request) -> Reader:
        try:
            return self._reader(self._signed(request))
        except SentinelError:
            return self._nobody()

    async def _decide(self, decision: Decision, request: Request) -> Response:
        signed, form = await self._acting(request)
        if self._trust == "separated" and not self._encrypted:
            raise PlainConsoleError
        project = request.path_params["project"]
        await self._require(signed, project)
        await self._api.ask(signed.by, project, decision.make(form, request.path_params))
        return RedirectResponse(f"/projects/{project}{decision.following}", 303)


def _tagged(content: bytes) -> tuple[bytes, str]:
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'


FILES: Mapping[str, tuple[bytes, str]] = {
    file.name: _tagged(file.read_bytes())
    for file in resources.files("sentinel.front.console").joinpath("static").iterdir()
    if file.name.rpartition(".")[2] in TYPES
}
"""Every script and style there is, by name, with the tag by which a browser knows that it has it already."""


def _next(path: str | None) -> str:
    """Where to go after the session began: a page of the console, and nowhere else."""
    plain = path is not None and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if path is not None and plain else "/"


def _now() -> datetime:
    return datetime.now(UTC)


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
