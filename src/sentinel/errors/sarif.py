"""What can be wrong with an imported SARIF file."""

from sentinel.errors import SentinelError


class NotSarifError(SentinelError):
    problem = "The file is not SARIF 2.1.0: {detail}."
    remedy = "Import the SARIF output of a scanner; nothing was recorded."


class FailedScanError(SentinelError):
    problem = "{tool} says that its scan failed: {reason}."
    remedy = "Run the scanner again and import what it writes when it succeeds; nothing was recorded."


class ScanWithoutResultsError(SentinelError):
    problem = "The file is no clean scan of {tool}: {reason}."
    remedy = 'Import a file whose "results" are a list, empty where nothing was found; nothing was recorded.'


class SarifFileError(SentinelError):
    problem = "{file} cannot be read: {reason}."
    remedy = "Name the SARIF file that a scanner wrote; nothing was recorded."
