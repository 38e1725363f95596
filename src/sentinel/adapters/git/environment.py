"""The environment of every git process: nothing of the system's, the user's or the repository's configuration.

What a repository may configure to be executed is switched off here once: hooks, fsmonitor, filters, diff drivers,
ssh commands, transport helpers, credential helpers, garbage collection.
"""

import os
from collections.abc import Iterable, Mapping

Config = tuple[tuple[str, str], ...]

#: What the caller's environment may say to git; every other GIT_ variable is dropped.
_ALLOWED = frozenset({"GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_ASKPASS", "GIT_SSL_CAINFO"})

_FIXED = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_EDITOR": "false",
    "GIT_PAGER": "cat",
    "LC_ALL": "C",
    "LANGUAGE": "C",
    "TZ": "UTC",
}

#: Faults of old tools, which honest histories contain: of author, committer and tagger lines, and modes written with a
#: zero before them. What protects the reader are the checks of trees, paths, modes and special files.
_HARMLESS = (
    "badDate",
    "badDateOverflow",
    "badEmail",
    "badName",
    "badTagName",
    "badTimezone",
    "extraHeaderEntry",
    "missingAuthor",
    "missingCommitter",
    "missingEmail",
    "missingNameBeforeEmail",
    "missingSpaceBeforeDate",
    "missingSpaceBeforeEmail",
    "missingTaggerEntry",
    "multipleAuthors",
    "nulInCommit",
    "zeroPaddedDate",
    "zeroPaddedFilemode",
)

_CONFIG: Config = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.attributesFile", os.devnull),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("core.alternateRefsCommand", "true"),
    ("core.askPass", ""),
    ("credential.helper", ""),
    ("protocol.ext.allow", "never"),
    ("submodule.recurse", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("push.recurseSubmodules", "no"),
    ("push.followTags", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("advice.detachedHead", "false"),
    ("transfer.fsckObjects", "true"),
    *((f"fetch.fsck.{fault}", "ignore") for fault in _HARMLESS),
)

#: The other end of a transfer by path: git starts it in a repository that is not ours, without the variables above.
_OTHER_END = (
    "git -c safe.directory=* -c core.hooksPath=/dev/null -c core.alternateRefsCommand=true -c core.fsmonitor=false"
    " -c gc.auto=0 -c receive.autogc=false"
)
UPLOAD_PACK = f"{_OTHER_END} -c uploadpack.allowAnySHA1InWant=true upload-pack"
RECEIVE_PACK = f"{_OTHER_END} receive-pack"


def git_environment(inherited: Mapping[str, str], config: Config = ()) -> dict[str, str]:
    """All variables of a git process; `config` goes before every configuration file."""
    kept = {name: value for name, value in inherited.items() if not name.startswith("GIT_") or name in _ALLOWED}
    # Set even where the caller does not: this variable goes before a repository's core.sshCommand.
    ssh = {"GIT_SSH_COMMAND": kept.get("GIT_SSH_COMMAND", "ssh -oBatchMode=yes")}
    return {"PATH": os.defpath, **kept, **ssh, **_FIXED, **_numbered((*_CONFIG, *config))}


def _numbered(config: Iterable[tuple[str, str]]) -> dict[str, str]:
    variables: dict[str, str] = {}
    for number, (key, value) in enumerate(config):
        variables |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    return {**variables, "GIT_CONFIG_COUNT": str(len(variables) // 2)}
