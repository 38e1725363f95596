"""What git tells a pre-push hook, a line for each ref: its local name and object, its remote name and object."""

from sentinel.core.guard.additions import Additions
from sentinel.core.guard.commands import Refusal
from sentinel.core.guard.programs import is_release_tag, tags_refused
from sentinel.core.values.git import TAGS

REMOTE_NAME = 2


def judge_push(raw: bytes, additions: Additions) -> Refusal | None:
    """A release tag among what is pushed, created or deleted; Sentinel itself pushes without hooks."""
    for line in raw.decode("utf-8", "replace").splitlines():
        words = line.split(" ")
        remote_name = words[REMOTE_NAME] if len(words) > REMOTE_NAME else ""
        if remote_name.startswith(TAGS) and is_release_tag(remote_name, additions.tag_prefix):
            return tags_refused()
    return None
