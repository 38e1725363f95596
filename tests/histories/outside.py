"""The world outside the engine, which outlives every daemon: what is true there, and what goes wrong there."""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.histories.clock import SimulatedClock
from tests.histories.openings import ALWAYS, CALENDAR, Opening

SPRINT = "- [x] everything\n"
OPEN_SPRINT = "- [x] something\n- [ ] another thing\n"

POLICY = """\
schema = 1
[project]
id = "history"
name = "Crash"
remote = "origin"
[build]
command = "deploy/build.sh"
artifacts = ["out/app"]
timeout = "30s"
[tests]
command = "deploy/tests.sh"
timeout = "30s"
max_age = "2m"
[staging]
deploy = "deploy/staging.sh"
url = "http://127.0.0.1:8001"
smoke = "deploy/smoke.sh"
soak = "{soak}s"
timeout = "30s"
[production]
deploy = "deploy/production.sh"
rollback = "deploy/rollback.sh"
url = "http://127.0.0.1:8002"
timeout = "30s"
[production.approval]
channels = [{channels}]
expires = "40s"
[production.verification]
window = "6s"
probe = {{ rate = 1 }}
{windows}{hotfix}"""
SCRIPTS = ("deploy/staging.sh", "deploy/smoke.sh", "deploy/production.sh", "deploy/rollback.sh")
PROJECT = "history"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a commit asks of its release: `hotfix_soak` is None where its policy has no hotfixes."""

    soak: int = 4
    channels: str = '"terminal"'
    sprint: str = SPRINT
    opening: Opening = ALWAYS
    hotfix_soak: int | None = 1
    category: str = "Fixed"

    @property
    def open_tasks(self) -> bool:
        return "[ ]" in self.sprint

    def policy(self) -> str:
        hotfix = "" if self.hotfix_soak is None else f'[hotfix]\nsoak = "{self.hotfix_soak}s"\n'
        return POLICY.format(soak=self.soak, channels=self.channels, windows=self.opening.policy, hotfix=hotfix)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit of the release branch."""

    id: str
    files: dict[str, bytes]


@dataclass(slots=True)
class Odds:
    """How likely things go wrong outside, each between 0 and 1."""

    fetch: float = 0.0
    push: float = 0.0
    script: float = 0.0
    hang: float = 0.0
    loss: float = 0.0
    staging: float = 0.0
    production: float = 0.0
    blindness: float = 0.0
    build: float = 0.0

    @classmethod
    def drawn(cls, chance: random.Random) -> "Odds":
        """Most things go well, and some not at all."""
        odds = {name: chance.choice((0.0, 0.0, 0.03, 0.1)) for name in sorted(cls.__dataclass_fields__)}
        odds[chance.choice(sorted(odds))] = chance.choice((0.3, 0.9))
        return cls(**odds)


@dataclass(frozen=True, slots=True)
class Seen:
    """Something that happened outside, in the one order of all that happens: `what` and what it was about."""

    tick: int
    what: str
    about: tuple[str, ...]


@dataclass(slots=True)
class Outside:
    """`trace` is what a person reads of a history; `seen` is what the checks go by; `meddled` puts things back.

    `terms` are those of each commit, and `plans` the documents that people were shown, by their digest.
    """

    chance: random.Random
    root: Path
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    odds: Odds = field(default_factory=Odds)
    commits: list[Commit] = field(default_factory=list)
    objects: dict[str, Commit] = field(default_factory=dict)
    tags: dict[str, tuple[str, str]] = field(default_factory=dict)
    remote_tags: dict[str, tuple[str, str]] = field(default_factory=dict)
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    meddled: list[Callable[[], None]] = field(default_factory=list)
    checkouts: dict[Path, str] = field(default_factory=dict)
    dirty: tuple[str, ...] = ()
    trace: list[str] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    committed: dict[int, int] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)
    plans: dict[str, str] = field(default_factory=dict)
    events: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)
    _ticks: "count[int]" = field(default_factory=count)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    def say(self, text: str) -> None:
        self.trace.append(f"{asyncio.get_running_loop().time():9.3f}  {text}")

    def see(self, what: str, *about: str) -> None:
        self.seen.append(Seen(next(self._ticks), what, about))
        self.say(" ".join((what, *about)))

    def find(self, fault: str) -> None:
        """Something that must not be."""
        self.faults.append(fault)
        self.say(f"FAULT {fault}")

    def note_commit(self, connection: sqlite3.Connection) -> None:
        """When each audit entry became true."""
        for (last,) in connection.execute("SELECT audit_sequence FROM projects").fetchall():
            for sequence in range(len(self.committed) + 1, last + 1):
                self.committed[sequence] = next(self._ticks)

    def happens(self, odds: float) -> bool:
        return self.chance.random() < odds

    def new_id(self) -> str:
        return f"{next(self._numbers):06x}"

    def commit(self, terms: Terms = Terms()) -> None:
        """Somebody commits: a change for the changelog, and a policy."""
        number = next(self._numbers)
        files = {
            "sentinel.toml": terms.policy().encode(),
            "SPRINT.md": terms.sprint.encode(),
            "CHANGELOG.md": f"# Changelog\n\n## Unreleased\n\n### {terms.category}\n\n- change {number}\n".encode(),
            CALENDAR: terms.opening.calendar.encode(),
            **dict.fromkeys(SCRIPTS, b"#!/bin/sh\n"),
        }
        self.commits.append(Commit(f"{number:040x}", files))
        self.objects[self.commits[-1].id] = self.commits[-1]
        self.terms[self.commits[-1].id] = terms

    def at(self, revision: str) -> Commit | None:
        """By commit or by tag; what is no longer on the branch is still in the mirror."""
        return self.objects.get(self.tags[revision][0] if revision in self.tags else revision)

    def heal(self) -> None:
        """From here on nothing goes wrong any more; what was moved or changed is put back."""
        self.odds = Odds()
        self.dirty = ()
        while self.meddled:
            self.meddled.pop()()
