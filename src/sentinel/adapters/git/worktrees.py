"""The worktrees of one repository: whichever has the release branch checked out is the one that is judged."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sentinel.adapters.git.location import Location, locate, read_small
from sentinel.errors.git import NotARepositoryError

_BARE = re.compile(rb"^\s*(?:\[core\]\s*)?bare\s*=\s*(?:true|yes|on|1)\b", re.IGNORECASE | re.MULTILINE)


def with_branch(location: Location, branch: str) -> Location:
    """The worktree of this repository that has `branch` checked out; `location` itself where none other has."""
    wanted = f"ref: refs/heads/{branch}".encode()
    places = (location, *_others(location))
    return next((place for place in places if read_small(place.git_dir / "HEAD").strip() == wanted), location)


def _others(location: Location) -> Iterator[Location]:
    """Those that git knows, and that know it."""
    main = location.common_dir
    roots = [main.parent] if main.name == ".git" and not _BARE.search(read_small(main / "config")) else []
    for folder in location.admin_folders[1:]:
        noted = read_small(folder / "gitdir").decode("utf-8", "surrogateescape").strip("\n")
        roots += [Path(noted).parent] if noted.startswith("/") and "\0" not in noted else []
    for root in roots:
        with suppress(NotARepositoryError, OSError):
            found = locate(root)
            if found.common_dir == location.common_dir:
                yield found
