"""Who asks: a good token, or 401. Nothing else is answered without one, but where tokens come from (RFC 9728)."""

from mcp.server.auth.middleware.bearer_auth import BearerAuthBackend, RequireAuthMiddleware
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.routes import build_resource_metadata_url, create_protected_resource_routes
from pydantic import AnyHttpUrl
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.routing import Router
from starlette.types import ASGIApp, Scope

from sentinel.core.access.oauth import OAuth
from sentinel.core.access.tokens import Token
from sentinel.engine.faces import TokenFace


class Access(AccessToken):
    """What the SDK knows of a bearer, and which token that is."""

    granted: Token


class Verifier:
    """Holds what a request bears against the good tokens, each time: a revoked one ends with the next request."""

    def __init__(self, tokens: TokenFace, resource: str | None) -> None:
        self._tokens = tokens
        self._resource = resource

    async def verify_token(self, token: str) -> Access | None:
        """Whoever admits a token has seen that it is for us, whose URL is `resource`."""
        granted = await self._tokens.admit(token)
        if granted is None:
            return None
        return Access(token="", client_id=granted.id, scopes=[granted.role], resource=self._resource, granted=granted)


def authenticated(app: ASGIApp, tokens: TokenFace, oauth: OAuth | None) -> ASGIApp:
    """`app` for bearers of a good token."""
    if oauth is None:
        required = RequireAuthMiddleware(app, [])
        return AuthenticationMiddleware(required, backend=BearerAuthBackend(Verifier(tokens, None)))
    resource = AnyHttpUrl(oauth.audience)
    required = RequireAuthMiddleware(app, [], build_resource_metadata_url(resource))
    backend = BearerAuthBackend(Verifier(tokens, oauth.audience), resource_server_url=resource)
    routes = create_protected_resource_routes(resource, [AnyHttpUrl(oauth.issuer)], list(oauth.scopes), "Sentinel")
    return Router(routes, redirect_slashes=False, default=AuthenticationMiddleware(required, backend=backend))


def bearer_token(scope: Scope) -> Token:
    access: Access = scope["user"].access_token
    return access.granted
