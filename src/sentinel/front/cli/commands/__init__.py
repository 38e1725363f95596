"""What can be typed after `sentinel`, by section of its help, and the module that has each command.

In its module, a constant of its name in capitals (`APPROVE`) describes a command, and what it runs returns the exit
code. At its top a module loads the standard library alone, so that a command starts quickly; what works on this machine
itself is imported where it runs.
"""

from collections.abc import Mapping

COMMANDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Decide": {
        "approve": ("approve", "reject"),
        "rollback": ("rollback", "resolve", "cancel", "abandon"),
        "hold": ("hold", "unhold", "window"),
        "sprint": ("sprint", "hotfix"),
    },
    "Look": {
        "status": ("status", "watch", "logs"),
        "releases": ("plan", "releases", "show"),
        "audit": ("audit",),
        "console": ("console",),
    },
    "Set up": {
        "project": ("init", "trust", "adopt", "project"),
        "install": ("install", "guard", "doctor", "completion", "setup"),
        "access": ("token", "approver"),
    },
    "Run": {
        "daemon": ("daemon", "mcp"),
        "demo": ("demo", "try"),
    },
}
"""Sections in their order, with the commands of each module in theirs."""
