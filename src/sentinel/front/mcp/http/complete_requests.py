"""Requests that came to their end: the SDK takes one that breaks off for a fault of its own, and logs it at length."""

from mcp.server.transport_security import RequestBodyLimitMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sentinel.front.mcp.outgoing import MESSAGE_LIMIT


def whole(app: ASGIApp) -> ASGIApp:
    """`app` for requests of which everything has come, within the limit; whoever left before is answered nothing."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        waiting = [await receive()]  # the limit has collected the body: more of it is still to come where it broke off
        if waiting[0]["type"] != "http.request" or waiting[0].get("more_body", False):
            return

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        await app(scope, again, send)

    return RequestBodyLimitMiddleware(answer, MESSAGE_LIMIT)
