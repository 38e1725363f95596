"""What can be wrong with remote agents: their tokens, where the daemon listens for them, and what they open."""

from sentinel.errors import SentinelError


class UnknownTokenError(SentinelError):
    problem = "This project has no token {id}."
    remedy = "`sentinel token list` shows the tokens of the project."


class ListenAddressError(SentinelError):
    problem = "The daemon cannot listen on {address}: {reason}."
    remedy = "Give a free address of this machine, such as `sentinel daemon run --listen 127.0.0.1:8765`."


class UnprotectedListenError(SentinelError):
    problem = "{address} can be reached from other machines, and tokens would cross the network unencrypted."
    remedy = "Set certificate and key under [listen] in {path}, or `behind_proxy = true` where a proxy encrypts."


class CertificateError(SentinelError):
    problem = "The certificate {certificate} and the key {key} cannot be used: {reason}."
    remedy = "Correct certificate and key under [{table}] in daemon.toml."


class DaemonRunsAlreadyError(SentinelError):
    problem = "A daemon serves {home} already, and where a daemon listens is settled when it starts."
    remedy = "Stop it with `sentinel daemon stop`, then start it again."


class TooManySessionsError(SentinelError):
    problem = "No more than {limit} sessions can be open{whose}."
    remedy = "End one that is not needed any more, or wait: idle sessions are ended after {minutes} minutes."


class TooManyRequestsError(SentinelError):
    problem = "This token has {limit} requests open already."
    remedy = "Wait for one of them to be answered, or close a stream."


class UnknownSessionError(SentinelError):
    problem = "There is no such session, or it has ended."
    remedy = "Open a new one with an initialize request."


class UnknownPathError(SentinelError):
    problem = "Nothing is served there."
    remedy = "MCP is served at {path}."


class UrlParameterError(SentinelError):
    problem = "The URL's parameter {name}: found {found}, expected {expected}."
    remedy = "Correct the URL in the client's configuration, such as /mcp?locked-tools=reject&longest-wait=540."


class DaemonStopsError(SentinelError):
    problem = "The daemon stops."
    remedy = "What was started goes on; ask again in a moment."


class IssuerUnreachableError(SentinelError):
    problem = "The keys of the authorization server cannot be fetched from {uri}."
    remedy = "Check that it answers there, and `jwks_uri` under [listen.oauth] in daemon.toml."


class TokenEndedError(SentinelError):
    problem = "The token was revoked or has expired."
    remedy = "Ask a person for a new one: `sentinel token create`."
