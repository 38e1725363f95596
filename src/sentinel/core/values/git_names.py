"""Names in git. Standard library only: the guard reads it."""

import re

BRANCHES, TAGS = "refs/heads/", "refs/tags/"
REF = re.compile(
    r"(?![-+/.])(?!@$)(?!.*(?:\.\.|//|/\.|@\{|\.lock(?:/|$)|[/.]$))[^\s~^:?*\[\\\x00-\x20\x7f]{1,200}", re.DOTALL
)
"""The rules of git-check-ref-format(1), and no leading "-" (an option) or "+" (a forced refspec)."""
COMMIT = re.compile(r"[0-9a-f]{40}")
LOGIN = re.compile(r"//[^/\s]*@")
"""In an address; up to the last @: a password may hold others."""
SENTINEL, SENTINEL_EMAIL = "Sentinel", "sentinel@localhost"
"""Who makes Sentinel's own tags and commits, and how its key is named."""
