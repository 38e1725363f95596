"""Crashes of a daemon around its side effects: half of one done, or all of it and nothing written down yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from inspect import iscoroutinefunction
from pathlib import Path
from subprocess import Popen
from typing import Any

from sentinel.adapters import files
from sentinel.adapters.artifacts import store as artifacts
from sentinel.adapters.git import checkout, tags
from sentinel.adapters.keys import tag_key
from sentinel.adapters.store import tables
from sentinel.adapters.store.store import SqlStore
from sentinel.adapters.store.transaction import StoreTransaction
from sentinel.adapters.supervisor import runs, shim
from sentinel.engine.runtime.run import Run
from tests.crash.crash_points import CrashPoints

BATCHES = (2, 5)
"""After how many stored batches of samples each daemon crashes, wherever the verification stands then."""
READING = {f"git {name}" for name in ("cat-file", "diff-tree", "for-each-ref", "log", "ls-files", "ls-tree")}
READING |= {f"git {name}" for name in ("merge-base", "rev-list", "rev-parse", "symbolic-ref", "verify-tag")}


@dataclass(frozen=True, slots=True)
class Place:
    """A function around which a daemon may die.

    `before` and `after` it they are told, with its positional arguments, and crash or know more.
    """

    owner: object
    name: str
    before: Callable[..., None] | None = None
    after: Callable[..., None] | None = None


def places(crashes: CrashPoints) -> tuple[Place, ...]:
    batches = _Batches(crashes)
    return (
        # A point is the step's own: every operation has a checkout.
        Place(Run, "_announce", after=partial(_know_the_step, crashes)),
        Place(tables, "_upgrade", after=lambda *_: crashes.at("tables made")),
        Place(Popen, "__init__", after=lambda _self, arguments: _at_start(crashes, _program(arguments))),
        Place(runs, "_write_order", after=lambda *_: crashes.at("order written")),
        Place(runs, "start_supervisor", after=lambda *_: crashes.at("supervisor started")),
        Place(runs, "_ended", before=lambda directory: crashes.at(_waiting(directory))),
        Place(artifacts, "_copy", after=lambda _source, name, _target: crashes.at(f"{name} copied")),
        Place(files, "seal", after=lambda *_: crashes.at("artifacts sealed")),
        Place(checkout, "_replace", before=lambda *_: crashes.at("clone made")),
        Place(tags, "sign_tag", after=lambda _git, tag, *_: crashes.at(f"{tag} made")),
        Place(tags, "push_tag", after=lambda _git, _remote, tag, _object: crashes.at(f"{tag} pushed")),
        Place(tag_key, "_make_ssh_key", after=lambda *_: crashes.at("key made")),
        Place(tag_key, "write_whole", after=lambda path, _content: crashes.at(f"{path.name} published")),
        Place(StoreTransaction, "add_samples", after=batches.count),
        Place(SqlStore, "_commit", after=batches.crash),
    )


def crash_between_commits(crashes: CrashPoints) -> None:
    """From now on."""
    for place in places(crashes):
        _wrap(place.owner, place.name, before=place.before, after=place.after)


def _wrap(
    owner: object, name: str, *, before: Callable[..., None] | None = None, after: Callable[..., None] | None = None
) -> None:
    """Has `before` and `after` called around the function of that name, with its positional arguments."""
    original: Any = getattr(owner, name)

    @wraps(original)
    def quick(*given: Any, **named: Any) -> Any:
        if before is not None:
            before(*given)
        result = original(*given, **named)
        if after is not None:
            after(*given)
        return result

    @wraps(original)
    async def slow(*given: Any, **named: Any) -> Any:
        if before is not None:
            before(*given)
        result = await original(*given, **named)
        if after is not None:
            after(*given)
        return result

    setattr(owner, name, slow if iscoroutinefunction(original) else quick)


def _know_the_step(crashes: CrashPoints, run: Run, name: str) -> None:
    crashes.doing = f"{run.operation.kind}, at {name}"


def _waiting(directory: Path) -> str:
    return "script cancelled" if (directory / "cancel").exists() else "script waited for"


def _at_start(crashes: CrashPoints, program: str) -> None:
    """What only reads leaves nothing behind that a crash could cut in half."""
    if program not in READING:
        crashes.at(f"{program} runs")


def _program(arguments: Sequence[str]) -> str:
    """A program that the daemon has started: git with its subcommand, a supervisor on its way, ssh-keygen."""
    words = [str(word) for word in arguments]
    if shim.__file__ in words:
        return "a supervisor"
    options = (number for number, word in enumerate(words) if word.startswith("--git-dir="))
    number = next(options, None)
    return Path(words[0]).name if number is None else f"git {words[number + 1]}"


class _Batches:
    """Counts what verification has stored."""

    def __init__(self, crashes: CrashPoints) -> None:
        self._deaths = crashes
        self._stored = 0

    def count(self, *_: object) -> None:
        self._stored += 1

    def crash(self, *_: object) -> None:
        if self._stored in BATCHES:
            self._deaths.at(f"{self._stored} batches of samples stored")
