"""Scripts that cannot do their work, found out before a release needs them."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sentinel.core.candidate.programs import Program, programs
from sentinel.core.policy.model import Command, Policy
from sentinel.core.release.model import BlockedBy
from sentinel.core.values.printable import printable

GATE = "scripts"
_STARTER = re.compile(rb"^[^#\n]*is not filled in yet", re.MULTILINE)
"""What the last lines of the scripts that `sentinel init` writes say."""
_MARK = re.compile(r"#\s*CHANGE THIS")


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A file of the repository that a command names."""

    content: bytes
    executable: bool


Finds = Callable[[str, bool], bool]
"""Whether this machine has a program, by name or path, for commands of production or for the others."""


def script_paths(policy: Policy) -> tuple[str, ...]:
    """Every file of the repository that a deploy, smoke or rollback command executes or has interpreted."""
    named = (one.name for command, _ in _commands(policy) for one in programs(command) if one.in_repository)
    return tuple(dict.fromkeys(name for name in named if not name.startswith("../")))


def script_faults(policy: Policy, files: Mapping[str, ScriptFile], finds: Finds) -> tuple[BlockedBy, ...]:
    """What keeps each of them from running, once; `files` are those of `script_paths` that are there."""
    found = (
        _of_file(policy, one, files.get(one.name), finds, production=production)
        if one.in_repository
        else _of_program(one.name, finds, production=production)
        for command, production in _commands(policy)
        for one in programs(command)
    )
    return tuple(dict.fromkeys(BlockedBy(gate=GATE, message=what, fix=fix) for each in found for what, fix in each))


def marked_lines(policy: bytes) -> tuple[int, ...]:
    """The lines of sentinel.toml that `sentinel init` left to be filled in, as far as they still say so."""
    lines = policy.decode(errors="replace").split("\n")
    return tuple(number for number, line in enumerate(lines, start=1) if _MARK.search(line))


def _commands(policy: Policy) -> tuple[tuple[Command, bool], ...]:
    """With whether each is one of production."""
    staging, production = policy.staging, policy.production
    return (
        (staging.deploy, False),
        (staging.smoke, False),
        (production.deploy, True),
        (production.rollback, True),
    )


def _of_program(name: str, finds: Finds, *, production: bool) -> Iterator[tuple[str, str]]:
    if not finds(name, production):
        fix = "Install it where the daemon runs, or add its folder to `path` of [environment]."
        where = "is not there" if name.startswith("/") else "is in no folder of the commands' PATH"
        yield f"The program {printable(name, limit=100)} {where}.", fix


def _of_file(
    policy: Policy, program: Program, file: ScriptFile | None, finds: Finds, *, production: bool
) -> Iterator[tuple[str, str]]:
    name = printable(program.name, limit=200)
    if file is None:
        if policy.build.setup is None:  # what set-up makes is not there before
            yield f"{name} is not in the repository.", "Write and commit it, or correct the command in sentinel.toml."
        return
    if _STARTER.search(file.content):
        yield (
            f"{name} is still the starter that `sentinel init` wrote, and only fails.",
            "Put what it has to do in place of its last two lines, and commit it.",
        )
    if program.direct and not file.executable:
        fix = f"`chmod +x {name}`, `git update-index --chmod=+x {name}`, and commit it."
        yield f"{name} cannot be executed: its x bit is not set.", fix
    elif program.direct:
        yield from _of_first_line(name, program, file.content, finds, production=production)


def _of_first_line(
    name: str, program: Program, content: bytes, finds: Finds, *, production: bool
) -> Iterator[tuple[str, str]]:
    line = content.partition(b"\n")[0][:500]
    if line.startswith(b"\xef\xbb\xbf"):
        yield f"{name} begins with a byte order mark, before its `#!`.", "Save it without one, and commit it."
    elif line.startswith(b"#!") and line.endswith(b"\r"):
        yield f"{name} has line ends of Windows: its interpreter is not found.", "Save it with `\\n`, and commit it."
    elif line.startswith(b"#!"):
        interpreter = _interpreter(line[2:].decode("utf-8", "replace").split())
        if interpreter is None or not finds(interpreter, production):
            shown = printable(interpreter or line.decode("utf-8", "replace"), limit=100)
            yield f"{name} names the interpreter {shown}, which is not there.", "Install it, or correct the first line."
    elif program.by_exec and content.strip() and not content.startswith((b"\x7fELF", b"\xcf\xfa\xed\xfe", b"MZ")):
        yield f"{name} has no first line that names its interpreter, as `#!/bin/sh`.", "Write that line, and commit it."


def _interpreter(words: list[str]) -> str | None:
    """What runs the script: the program, or the one that `env` is to find."""
    if not words or not words[0].endswith("/env"):
        return words[0] if words else None
    return next((word for word in words[1:] if not word.startswith("-") and "=" not in word), None)
