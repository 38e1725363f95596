"""What `sentinel doctor` looks for on this machine, one line a check; the daemon adds what only it can see."""

import os
import re
import shutil
import subprocess
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from sentinel.adapters.environment import finds
from sentinel.adapters.files import read_regular
from sentinel.adapters.git.location import enclosing_root, locate
from sentinel.adapters.git.worktree import working_policy
from sentinel.core.access.secrets import require
from sentinel.core.candidate.script_faults import ScriptFile, marked_lines, script_faults, script_paths
from sentinel.core.policy.document import POLICY_FILE, SIZE_LIMIT
from sentinel.core.policy.model import Policy
from sentinel.core.values.urls import login_in
from sentinel.daemon_file import read_daemon_file
from sentinel.engine.people.doctor import Check
from sentinel.errors import SentinelError
from sentinel.errors.git import ObjectFormatError
from sentinel.errors.policy import LoginInUrlError
from sentinel.front.cli.daemon_link import operator, project_directory
from sentinel.launch.settings import Settings

OLDEST_GIT = (2, 39)
ROOM_BYTES = 1024**3
"""Free space below which builds and kept artifacts are likely to fail."""


_PROVE = "Set it to an address that answers with the release's version or commit."


def look_around(options: Namespace) -> tuple[Check, ...]:
    """The same refusal is told once: what is no repository has no policy, no secrets and no status either."""
    checks: list[Check] = []
    for check in (check for look in _LOOKS for check in _looked(look, options)):
        if check.ok or all((check.found, check.fix) != (one.found, one.fix) for one in checks):
            checks.append(check)
    return tuple(checks)


def _looked(look: Callable[[Namespace], Iterator[Check]], options: Namespace) -> Iterator[Check]:
    """A refusal of Sentinel's own is a check that failed, in its own words."""
    try:
        yield from look(options)
    except SentinelError as error:
        yield Check(name=look.__name__.strip("_"), ok=False, found=error.what, fix=error.fix)


def _programs(_options: Namespace) -> Iterator[Check]:
    git = shutil.which("git")
    printed = subprocess.run([git, "--version"], capture_output=True, text=True, check=False).stdout if git else ""  # noqa: S603 - found on PATH
    version = tuple(int(number) for number in re.findall(r"\d+", printed)[:2])
    fix = "" if version >= OLDEST_GIT else "Install git 2.39 or newer."
    yield Check(name="git", ok=version >= OLDEST_GIT, found=printed.strip() or "it is missing.", fix=fix)
    keygen = shutil.which("ssh-keygen")
    fix = "" if keygen else 'Install openssh-client, or choose `format = "openpgp"`.'
    yield Check(name="ssh-keygen", ok=keygen is not None, found=keygen or "it is missing.", fix=fix)


def _home(_options: Namespace) -> Iterator[Check]:
    settings = Settings.from_environ(os.environ)
    if settings.system is not None:
        yield Check(
            name="home", ok=True, found=f"it is that of this machine's daemon, whose sockets are in {settings.system}"
        )
        return
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    writable = os.access(place, os.W_OK)
    fix = "" if writable else "Make that folder yours, or set SENTINEL_HOME to another one."
    yield Check(name="home", ok=writable, found=f"{settings.home}{'' if writable else ' cannot be written.'}", fix=fix)
    free = shutil.disk_usage(place).free
    fix = "" if free >= ROOM_BYTES else "Make room, or set SENTINEL_HOME to another disk."
    yield Check(name="disk", ok=free >= ROOM_BYTES, found=f"{free / ROOM_BYTES:.1f} GiB free", fix=fix)


def _policy(options: Namespace) -> Iterator[Check]:
    root = enclosing_root(project_directory(options))
    if locate(root).is_sha256:
        raise ObjectFormatError
    policy = working_policy(root)
    yield Check(name="policy", ok=True, found=f"{root / 'sentinel.toml'} is valid, for {policy.project.id}")
    if unproven := policy.unproven():
        yield Check(name="version_path", ok=True, found=unproven, fix=_PROVE)
    for key in (key for key, url in policy.urls() if login_in(url)):
        error = LoginInUrlError(key=key)
        yield Check(name=key, ok=False, found=error.what, fix=error.fix)
    if policy.tag.format == "openpgp":
        gpg = shutil.which("gpg")
        yield Check(name="gpg", ok=gpg is not None, found=gpg or "it is missing.", fix="" if gpg else "Install gnupg.")
    yield from _scripts(root, policy)
    if lines := marked_lines(read_regular(root / POLICY_FILE, SIZE_LIMIT) or b""):
        where = f"on line{'' if len(lines) == 1 else 's'} {', '.join(map(str, lines))}"
        yield Check(name="policy", ok=True, found=f"it says CHANGE THIS {where}: set the value, and remove the mark.")


def _scripts(root: Path, policy: Policy) -> Iterator[Check]:
    """That the scripts of the working copy can run here."""
    files = {}
    for path in script_paths(policy):
        content = read_regular(root / path, SIZE_LIMIT)
        if content is not None:
            files[path] = ScriptFile(content, executable=os.access(root / path, os.X_OK))

    def found(program: str, production: bool) -> bool:  # noqa: FBT001 - as `script_faults` asks
        own = (policy.production.environment,) if production else ()
        return finds((policy.environment, *own), program)

    for fault in script_faults(policy, files, found):
        yield Check(name="scripts", ok=False, found=fault.message, fix=fault.fix)


def _secrets(options: Namespace) -> Iterator[Check]:
    """That daemon.toml has them for the project; only the daemon can read them."""
    policy = working_policy(enclosing_root(project_directory(options)))
    if names := policy.secrets(production=True):
        require(read_daemon_file(Settings.from_environ(os.environ).daemon_file).secrets, policy.project.id, names)
        yield Check(name="secrets", ok=True, found=f"daemon.toml has {', '.join(names)} for {policy.project.id}")


def _daemon(options: Namespace) -> Iterator[Check]:
    client = operator(options)
    found = client.ask("status")
    yield Check(name="daemon", ok=True, found=f"it answers; the store is {found['store']}")
    yield Check(name="trust", ok=True, found=f"{found['status']['trust']} mode")
    for note in found["notes"]:
        yield Check(name="note", ok=True, found=note)
    yield from map(Check.model_validate, client.ask("checks"))


_LOOKS: tuple[Callable[[Namespace], Iterator[Check]], ...] = (_programs, _home, _policy, _secrets, _daemon)
