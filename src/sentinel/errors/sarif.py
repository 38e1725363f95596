"""What can be wrong with an imported SARIF file."""

from sentinel.errors import SentinelError


class NotSarifError(SentinelError):
    problem = "The file is not SARIF 2.1.0: {detail}."
    remedy = "Import the SARIF output of a scanner; nothing was recorded."


class SarifFileError(SentinelError):
    problem = "{file} cannot be read: {reason}."
    remedy = "Name the SARIF file that a scanner wrote; nothing was recorded."
