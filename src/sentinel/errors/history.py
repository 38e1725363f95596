"""What can be wrong with the history, a proof of it, and the scans that are imported into it."""

from sentinel.errors import RefusedError, SentinelError


class BrokenNoteError(SentinelError):
    problem = "The text is not a signed checkpoint: {reason}."
    remedy = "Copy it whole, from its first line to the one that begins with a dash."


class BrokenKeyError(SentinelError):
    problem = "{key} is not the public key of a history."
    remedy = "It looks like sentinel/PROJECT+1a2b3c4d+AbCd…, on one line; the message of every release tag holds it."


class BrokenEnvelopeError(SentinelError):
    problem = "The text is not a signed in-toto statement: {reason}."
    remedy = "Export the bundle again."


class HistoryKeyUnusableError(SentinelError):
    problem = "The key of the history, {path}, cannot be used: {reason}."
    remedy = "Restore it from a backup of SENTINEL_HOME."


class BundleUnreadableError(SentinelError):
    problem = "The bundle {path} cannot be read: {reason}."
    remedy = "Name a folder or a .tar file that `sentinel audit export --output` wrote."


class BundleTargetError(SentinelError):
    problem = "The bundle cannot be written to {path}: {reason}."
    remedy = "Name a folder or a .tar file that does not exist yet, in a folder that you may write to."


class OlderHistoryError(RefusedError):
    """The stored history is an older copy, or that of a standby that lost some of it, or another one."""

    problem = "The release tags contradict the history: {problem}."
    remedy = (
        "A person runs `sentinel audit verify` and restores the newest copy of the store. If that is lost, they run "
        "`sentinel resolve --production VERSION|none`."
    )

    def __init__(self, *, problem: str) -> None:
        super().__init__(problem=problem)
        self.contradiction = problem


class UnprovenBundleError(RefusedError):
    """A piece of a bundle contradicts another one, or is not signed by whom it must be."""

    problem = "The bundle does not prove its history: {problem}."
    remedy = "Export it again where the history is kept, and find out who changed this one."


class AnotherKeyError(RefusedError):
    problem = "The history is not signed with the key that you kept, {key}."
    remedy = "Find out who made a new key; earlier release tags name the old one."


class NotSarifError(SentinelError):
    problem = "The file is not SARIF 2.1.0: {detail}."
    remedy = "Nothing was recorded. Import the SARIF output of a scanner."


class FailedScanError(SentinelError):
    problem = "{tool} says that its scan failed: {reason}."
    remedy = "Nothing was recorded. Run the scanner again and import what it writes when it succeeds."


class ScanWithoutResultsError(SentinelError):
    problem = "The file is not a clean scan of {tool}: {reason}."
    remedy = 'Nothing was recorded. Import a file whose "results" are a list, empty where nothing was found.'


class SarifFileError(SentinelError):
    problem = "{file} cannot be read: {reason}."
    remedy = "Nothing was recorded. Name the SARIF file that a scanner wrote."
