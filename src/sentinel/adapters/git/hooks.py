"""Where git looks for the hooks of a working copy."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sentinel.adapters.git.location import locate
from sentinel.core.values.printable import printable
from sentinel.errors.git import GitFailedError, GitMissingError

SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class HooksFolder:
    """`own` where it is the repository's, and not one that settings name."""

    folder: Path
    own: bool


def hooks_folder(root: Path, environ: Mapping[str, str]) -> HooksFolder:
    """As the person's own git says, whose settings count: it is their pushes that run the hooks.

    Raises NotARepositoryError, GitMissingError or GitFailedError.
    """
    location = locate(root)
    words = ["git", "-C", str(root), "rev-parse", "--path-format=absolute", "--git-path", "hooks"]
    try:
        said = subprocess.run(words, env=dict(environ), capture_output=True, timeout=SECONDS, check=True)  # noqa: S603
    except FileNotFoundError:
        raise GitMissingError from None
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        detail = (error.stderr or b"").decode(errors="replace").strip().partition("\n")[0]
        raise GitFailedError(command="rev-parse", detail=printable(detail)) from None
    folder = Path(said.stdout.decode("utf-8", "surrogateescape").rstrip("\n"))
    return HooksFolder(folder, own=folder.resolve() == location.common_dir / "hooks")
