"""What a release changes, counted by git for the approval text (protocol 3.2)."""

from sentinel.adapters.git.command import Git
from sentinel.adapters.git.names import commit_id
from sentinel.adapters.git.objects import resolve
from sentinel.core.release import Changes

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # the id that SHA-1 gives a tree without entries


async def count_changes(git: Git, base: str | None, commit: str) -> Changes:
    """Files, insertions and deletions from `base` (a commit, a tag, or None: nothing) to `commit`.

    A renamed file counts as one removed and one added; a binary file counts as a file without lines.
    """
    before = _EMPTY_TREE if base is None else await resolve(git, base)
    options = ("-r", "--numstat", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
    listing = await git("diff-tree", *options, before, commit_id(commit))
    rows = [row.split(b"\t", 2)[:2] for row in listing.stdout.split(b"\0") if row]
    counted = [(int(added), int(removed)) for added, removed in rows if added != b"-"]
    return Changes(
        files=len(rows),
        insertions=sum(added for added, _ in counted),
        deletions=sum(removed for _, removed in counted),
    )
