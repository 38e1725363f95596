"""What every answer of the console is sent with, and which requests are let in at all."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types sentinel",
    )
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_TLS_ONLY = "max-age=31536000"
SAFE = frozenset({"GET", "HEAD"})


class Guarded:
    """Answers those who name this console by its own address, and writes only for its own pages."""

    def __init__(self, app: ASGIApp, origin: str) -> None:
        self._app = app
        self._origin = origin
        self._host = urlsplit(origin).netloc
        own = {**HEADERS, "Strict-Transport-Security": _TLS_ONLY} if origin.startswith("https:") else HEADERS
        self._headers = [(name.lower().encode(), value.encode()) for name, value in own.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        await self._chosen(scope)(scope, receive, self._with_headers(send))

    def _chosen(self, scope: Scope) -> ASGIApp:
        headers = Headers(scope=scope)
        if headers.getlist("host") != [self._host]:
            return PlainTextResponse(f"This is Sentinel's console. Open {self._origin} instead.\n", 421)
        if scope["method"] in SAFE:
            return self._app
        site = headers.get("sec-fetch-site", "same-origin")
        if headers.getlist("origin") != [self._origin] or site != "same-origin":
            return PlainTextResponse(
                "This request did not come from a page of the console. Nothing was changed.\n", 403
            )
        return self._app

    def _with_headers(self, send: Send) -> Send:
        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
                message["headers"].extend(self._headers)
            await send(message)

        return sent
