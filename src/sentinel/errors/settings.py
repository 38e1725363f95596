"""What can be wrong with the installation: where Sentinel keeps its state, and starting the daemon there."""

from sentinel.errors import SentinelError


class SocketPathTooLongError(SentinelError):
    problem = "The socket path {path} has {length} bytes; the system allows {limit}."
    remedy = "Set SENTINEL_HOME to a folder with a shorter path."


class HomeUnusableError(SentinelError):
    problem = "Sentinel cannot keep its state in {path}: {reason}."
    remedy = "Make that folder yours and writable, or name another one in SENTINEL_HOME or SENTINEL_SHARED."


class DaemonNotStartedError(SentinelError):
    problem = "The Sentinel daemon did not start: {reason}."
    remedy = "Run `sentinel daemon run` in a terminal to see why; its log is {log}."


class DaemonFileError(SentinelError):
    problem = "The daemon's settings in {path} cannot be used: {fault}."
    remedy = "Correct that file; docs/operations.md describes its keys."


class AuthorityFileError(SentinelError):
    problem = "The certificates in {path}, which daemon.toml names as `ca`, cannot be used: {reason}."
    remedy = "Name a file with certificates in PEM form that the daemon can read, and start the daemon again."


class DaemonNotStoppedError(SentinelError):
    problem = "The daemon (process {pid}) has not stopped yet."
    remedy = "Wait a moment and try again; `kill {pid}` asks it once more."
