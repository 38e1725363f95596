"""The death of a daemon around its side effects: half of one done, or all of it and nothing written down yet."""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import iscoroutinefunction
from pathlib import Path
from subprocess import Popen
from typing import Any

from sentinel.adapters import artifacts, signing
from sentinel.adapters.git import checkout, tags
from sentinel.adapters.store import schema
from sentinel.adapters.store.store import SqlStore
from sentinel.adapters.store.transaction import StoreTransaction
from sentinel.adapters.supervisor import scripts, shim
from sentinel.engine.run import Run
from tests.crash.deaths import Deaths

BATCHES = (2, 5)
"""After how many stored batches of samples it dies in a life, wherever the verification stands then."""


def die_between_commits(deaths: Deaths) -> None:
    """From now on."""
    _know_the_step(deaths)
    _wrap(schema, "_upgrade", after=lambda *_: deaths.at("tables made"))
    _wrap(Popen, "__init__", after=lambda _self, arguments: deaths.at(f"{_program(arguments)} runs"))
    _wrap(scripts, "_write_order", after=lambda *_: deaths.at("order written"))
    _wrap(scripts, "start_supervisor", after=lambda *_: deaths.at("supervisor started"))
    _wrap(scripts, "_ended", before=lambda directory, _follower: deaths.at(_waiting(directory)))
    _wrap(artifacts, "_copy", after=lambda _source, name, _target: deaths.at(f"{name} copied"))
    _wrap(artifacts, "_seal", after=lambda *_: deaths.at("artifacts sealed"))
    _wrap(checkout, "_replace", before=lambda *_: deaths.at("clone made"))
    _wrap(tags, "sign_tag", after=lambda _git, tag, *_: deaths.at(f"{tag} made"))
    _wrap(tags, "push_tag", after=lambda _git, _remote, tag: deaths.at(f"{tag} pushed"))
    _wrap(signing, "_make_ssh_key", after=lambda *_: deaths.at("key made"))
    _wrap(signing, "publish", after=lambda path, _content: deaths.at(f"{path.name} published"))
    _die_in_verification(deaths)


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


def _know_the_step(deaths: Deaths) -> None:
    """A point is the step's own: every operation has a checkout."""

    def announced(run: Run, name: str) -> None:
        deaths.doing = f"{run.operation.kind}, at {name}"

    _wrap(Run, "_announce", after=announced)


def _waiting(directory: Path) -> str:
    return "script cancelled" if (directory / "cancel").exists() else "script waited for"


def _program(arguments: Sequence[str]) -> str:
    """A program that the daemon has started: git with its subcommand, a supervisor on its way, ssh-keygen."""
    words = [str(word) for word in arguments]
    if shim.__file__ in words:
        return "a supervisor"
    options = (number for number, word in enumerate(words) if word.startswith("--git-dir="))
    number = next(options, None)
    return Path(words[0]).name if number is None else f"git {words[number + 1]}"


def _die_in_verification(deaths: Deaths) -> None:
    stored = 0

    def count(*_: object) -> None:
        nonlocal stored
        stored += 1

    def die(*_: object) -> None:
        if stored in BATCHES:
            deaths.at(f"{stored} batches of samples stored")

    _wrap(StoreTransaction, "add_samples", after=count)
    _wrap(SqlStore, "_commit", after=die)
