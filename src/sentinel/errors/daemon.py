"""What can be wrong with the daemon and the machine that it runs on."""

from sentinel.errors import RefusedError, SentinelError


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


class NotSeparableError(SentinelError):
    problem = "The daemon cannot run commands as another user: {reason}."
    remedy = "Run `sudo sentinel setup separated`, then `systemctl restart sentinel`; docs/separated.md says more."


class LauncherGoneError(SentinelError):
    problem = "The process that starts commands as the build user is gone: {reason}."
    remedy = "Restart the daemon with `systemctl restart sentinel`; it takes over running commands."


class MachineDaemonDownError(SentinelError):
    problem = "The daemon of this machine does not answer at {path}: {reason}."
    remedy = "A person with the rights runs `sudo systemctl start sentinel`."


class NotAnOperatorError(RefusedError):
    problem = "The user {user} is not an operator: {reason}."
    remedy = "Ask an operator, or have `sudo sentinel setup separated --operator {user}` make this user one."


class ProjectUnnamedError(SentinelError):
    problem = "No project is named: no folder around {directory} has a valid sentinel.toml."
    remedy = "Work in a clone of a registered repository, or name its id: `--project ID`."


class ProjectNotRegisteredError(SentinelError):
    problem = "The project {project} is not registered with the daemon of this machine."
    remedy = "An operator registers it with `sentinel project add --remote URL`."


class AdvisoryModeError(SentinelError):
    problem = "In advisory mode projects register themselves, at the first command in their working copy."
    remedy = "Run `sentinel status` there; `sentinel setup separated` sets up the other mode."


class RemoteAddressError(SentinelError):
    problem = "{url} is not an address that a project can be fetched from."
    remedy = "Give an https://, ssh:// or file:// URL, user@host:path, or an absolute path."


class NotRootError(SentinelError):
    problem = "Only root can make users, groups and services."
    remedy = "Run `sudo sentinel setup separated`; with `--print` it only says what it would do."


class UnsafeInstallationError(SentinelError):
    problem = "The daemon cannot be run from {path}: {reason}."
    remedy = "Install Sentinel as root in a folder that everybody can read and only root can write, such as /opt."


class SetupStepError(SentinelError):
    problem = "The set-up stopped at `{step}`: {reason}."
    remedy = "Correct that and run the command again; finished steps stay as they are."


class SetupNameError(SentinelError):
    problem = "{name} cannot be set up as {role}: {reason}."
    remedy = "Name another user of this machine."
