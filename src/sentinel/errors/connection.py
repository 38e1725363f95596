"""What can be wrong on the way between a client, an agent or a browser and the daemon."""

from sentinel.errors import RefusedError, SentinelError


class UnknownToolError(SentinelError):
    problem = "There is no tool {name}."
    remedy = "The tools are: {known}."


class BadArgumentError(SentinelError):
    problem = "{tool}: {argument}: found {found}, expected {expected}."
    remedy = "Call it again with arguments that fit its schema."


class BadInputError(SentinelError):
    problem = "{argument}: found {found}, expected {expected}."
    remedy = "Correct that and try again. `sentinel COMMAND --help` explains the arguments of a command."


class TooManyCallsError(SentinelError):
    problem = "This connection has {limit} calls open already."
    remedy = "Wait for one of them to be answered."


class InternalError(SentinelError):
    problem = "Internal error {id}."
    remedy = "Sentinel's state is unharmed; the daemon's log says more under that id."


class HandshakeError(SentinelError):
    problem = "The client is not a Sentinel relay of this version: {detail}."
    remedy = "Connect with `sentinel mcp`; after an upgrade, restart the daemon with `sentinel daemon stop`."


class OversizedLineError(SentinelError):
    problem = "The message is longer than {limit} bytes."
    remedy = "It was skipped; send a shorter one."


class BrokenMessageError(SentinelError):
    problem = "The message is not a JSON-RPC message."
    remedy = "It was skipped; send one JSON-RPC object per line."


class UnaskedAnswerError(RefusedError):
    problem = "The answer to the elicitation was not accepted: nobody asked for it, or it came late or twice."
    remedy = "A person approves with `sentinel approve`."


class UsageError(SentinelError):
    problem = "{fault}."
    remedy = "`{command} --help` says what is expected."


class ArgumentNotUtf8Error(SentinelError):
    problem = "The argument {argument} is not UTF-8."
    remedy = "Write it without that character, or in a terminal whose encoding is UTF-8."


class PathNotUtf8Error(SentinelError):
    problem = "The project's path {path} is not UTF-8."
    remedy = "Rename the folder."


class CommandFailedError(SentinelError):
    problem = "The command failed because of a fault in Sentinel ({kind})."
    remedy = "The state is unharmed; {log} says more. Please report it."


class UnknownCommandError(SentinelError):
    problem = "The daemon has no operator command {name}."
    remedy = "The command line and the daemon must be of the same version; restart the daemon."


class DaemonUnreachableError(SentinelError):
    problem = "No daemon answers at {path}: {reason}."
    remedy = "Start one with `sentinel daemon start`."


class SocketInUseError(SentinelError):
    problem = "Another daemon already answers at {path}."
    remedy = "Use that one, or stop it with `sentinel daemon stop`."


class TooManyConnectionsError(RefusedError):
    problem = "The daemon has too many connections of this kind: at most {limit} are served."
    remedy = "Close some, and connect again."


class PreviewTimeoutError(SentinelError):
    problem = "The preview took longer than {seconds} seconds."
    remedy = "Call it again, or a person runs `sentinel plan`: `sentinel doctor` says whether the remote answers."


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
    problem = "A daemon already serves {home}, and a daemon takes its addresses only when it starts."
    remedy = "Stop it with `sentinel daemon stop`, then start it again."


class TooManySessionsError(SentinelError):
    problem = "No more than {limit} sessions can be open{whose}."
    remedy = "End one that is no longer needed, or wait: idle sessions end after {minutes} minutes."


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
    remedy = "Running operations continue after the restart; ask again in a moment."


class IssuerUnreachableError(SentinelError):
    problem = "The keys of the authorization server cannot be fetched from {uri}."
    remedy = "Check that it answers there, and `jwks_uri` under [listen.oauth] in daemon.toml."


class TokenEndedError(SentinelError):
    problem = "The token was revoked or has expired."
    remedy = "Ask a person for a new one: `sentinel token create`."


class ConsoleAddressError(SentinelError):
    problem = "The console cannot listen on {address}: {reason}."
    remedy = 'Set a free one in {path}, such as `listen = "127.0.0.1:7468"` under [console], and restart the daemon.'


class UnprotectedConsoleError(SentinelError):
    problem = "{address} can be reached from other machines, and sessions would cross the network unencrypted."
    remedy = "Set certificate and key under [console] in {path}, or `behind_proxy = true` where a proxy encrypts."


class PlainConsoleError(RefusedError):
    """Whoever takes the port while the daemon is down is what the browser meets there, and is sent the session."""

    problem = (
        "In separated mode the console decides nothing at an http address: agents of this machine could take its port "
        "while the daemon is down, and with it your session."
    )
    remedy = (
        "A person decides at a terminal, as with `sentinel approve`, or has the daemon speak TLS: `address`, "
        "`certificate` and `key` under [console] in daemon.toml."
    )


class LinkUsedError(RefusedError):
    problem = "This link has expired or was used already: each works once, for five minutes."
    remedy = "Run `sentinel console` in a terminal for a new one."


class SignedOutError(RefusedError):
    problem = "You are not signed in."
    remedy = "Run `sentinel console` in a terminal: it opens this page with a link that signs you in."


class ForeignRequestError(RefusedError):
    problem = "This request did not come from a page of the console: {detail}."
    remedy = "Nothing was changed. Open the page again and repeat it there; JavaScript must be on."


class UnknownPageError(SentinelError):
    problem = "There is no such page."
    remedy = "The first page lists all projects."


class OversizedFormError(SentinelError):
    problem = "The form is larger than {limit} bytes."
    remedy = "Nothing was changed. Send a shorter text."
