"""The root of the working copy that encloses a directory, found by reading alone."""

from pathlib import Path

from sentinel.adapters.git.location import locate
from sentinel.core.values.printable import printable
from sentinel.errors.git import BareRepositoryError, NotARepositoryError


def enclosing_root(directory: Path) -> Path:
    """Raises NotARepositoryError, or BareRepositoryError where there is a repository without files."""
    directory = directory.resolve()
    for folder in (directory, *directory.parents):
        if (folder / ".git").exists():
            return locate(folder).root
        if (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir():
            raise BareRepositoryError(path=printable(str(folder)))
    raise NotARepositoryError(path=printable(str(directory)))
