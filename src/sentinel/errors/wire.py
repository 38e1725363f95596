"""What can be wrong on the wire between a client and the daemon."""

from sentinel.errors import RefusedError, SentinelError


class UnknownToolError(SentinelError):
    problem = "There is no tool {name}."
    remedy = "The tools are: {known}."


class BadArgumentError(SentinelError):
    problem = "{tool}: {argument}: found {found}, expected {expected}."
    remedy = "Call it again with arguments that fit its schema."


class TooManyCallsError(SentinelError):
    problem = "This connection has {limit} calls open already."
    remedy = "Wait for one of them to be answered."


class InternalError(SentinelError):
    problem = "Internal error {id}."
    remedy = "Sentinel's state is unharmed; the daemon's log says more under that id."


class HandshakeError(SentinelError):
    problem = "What connected is not a Sentinel relay of this version: {detail}."
    remedy = "Connect with `sentinel mcp`; after an upgrade, restart the daemon with `sentinel daemon stop`."


class OversizedLineError(SentinelError):
    problem = "The message is longer than {limit} bytes."
    remedy = "It was skipped; send a shorter one."


class BrokenMessageError(SentinelError):
    problem = "The message is not a JSON-RPC message."
    remedy = "It was skipped; send one JSON-RPC object per line."


class UnaskedAnswerError(RefusedError):
    problem = "An answer to an elicitation came that was not asked for, came late or came twice; it was not accepted."
    remedy = "A person approves with `sentinel approve`."


class ArgumentNotUtf8Error(SentinelError):
    problem = "The argument {argument} is not UTF-8."
    remedy = "Write it without that character, or in a terminal whose encoding is UTF-8."


class PathNotUtf8Error(SentinelError):
    problem = "The project's path {path} is not UTF-8."
    remedy = "Rename the folder."


class CommandFailedError(SentinelError):
    problem = "The command failed by a fault of Sentinel's own ({kind})."
    remedy = "The state is unharmed; {log} says more. Please report it."


class UnknownCommandError(SentinelError):
    problem = "The daemon has no operator command {name}."
    remedy = "The command line and the daemon must be of the same version; restart the daemon."


class DaemonUnreachableError(SentinelError):
    problem = "No daemon answers at {path}: {reason}."
    remedy = "Start one with `sentinel daemon start`."


class SocketInUseError(SentinelError):
    problem = "Another daemon answers at {path} already."
    remedy = "Use that one, or stop it with `sentinel daemon stop`."


class TooManyConnectionsError(RefusedError):
    problem = "The daemon has too many connections of this kind: at most {limit} are served."
    remedy = "Close some, and connect again."


class PreviewTimeoutError(SentinelError):
    problem = "The preview took longer than {seconds} seconds."
    remedy = "Call it again, or a person runs `sentinel plan`: `sentinel doctor` says whether the remote answers."
