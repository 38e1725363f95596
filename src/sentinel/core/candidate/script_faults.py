"""Faults of the policy's commands, found before a release needs them: scripts that cannot run, missing programs, and
missing variables.
"""

import posixpath
import re
import shlex
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from sentinel.core.policy.model import Command, Policy
from sentinel.core.release.commands import OWN
from sentinel.core.release.model import BlockedBy
from sentinel.core.values.printable import printable

_BUILTIN = frozenset(
    (
        *(":", "[", "alias", "break", "case", "cd", "continue", "do", "done", "echo", "elif", "else", "esac", "eval"),
        *("exit", "export", "false", "fi", "for", "function", "getopts", "hash", "if", "in", "kill", "let", "local"),
        *("printf", "pwd", "read", "readonly", "return", "set", "shift", "test", "then", "times", "trap", "true"),
        *("[[", "bg", "builtin", "declare", "disown", "fg", "jobs", "popd", "pushd", "select", "shopt", "typeset"),
        *("type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while", "}"),
    )
)
"""Keywords of the shell; what follows them is not checked."""
_PREFIX = frozenset(("!", "exec", "env", "nohup", "time", "command", "then", "do", "else", "if", "while", "until", "{"))
"""Words before a program."""
_INTERPRETERS = re.compile(r"(?:ba|da|z|k|a)?sh|python[0-9.]*|node|ruby|perl|\.|source")
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./\[\]-]+")
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_BEYOND_WORDS = re.compile(r"\(\)|<<|\bcase\b|\bfunction\b")
"""Functions, texts inside of commands and patterns: their words are no programs."""
_NEW_COMMAND, _REDIRECTION = frozenset("();|&"), frozenset("<>")


@dataclass(frozen=True, slots=True)
class Program:
    """A program by its name or path: executed itself, or else read by an interpreter.

    `by_exec` is without a shell, which would run a script that names no interpreter.
    """

    name: str
    direct: bool = True
    by_exec: bool = False

    @property
    def in_repository(self) -> bool:
        return not self.direct or ("/" in self.name and not self.name.startswith("/"))


def programs(command: Command) -> tuple[Program, ...]:
    """The programs of a command, in order; those that cannot be told from its words are left out."""
    if not isinstance(command, str):
        return tuple(_of_words(list(command), "", by_exec=True))
    if _BEYOND_WORDS.search(command):
        return ()
    found: list[Program] = []
    folder: str | None = ""
    for words in _simple_commands(command):
        if words[0] == "cd":
            folder = _entered(folder, words)
        elif folder is not None:
            found += _of_words(words, folder, by_exec=False)
        else:
            break
    return tuple(dict.fromkeys(found))


def _entered(folder: str | None, words: list[str]) -> str | None:
    """The folder after `cd`; None if that cannot be told."""
    if folder is None or len(words) != 2 or not _PLAIN.fullmatch(words[1]) or words[1].startswith(("/", "-")):
        return None
    return posixpath.join(folder, words[1])


def _simple_commands(text: str) -> Iterator[list[str]]:
    for line in text.replace("\\\n", " ").split("\n"):
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        try:
            tokens = list(lexer)
        except ValueError:  # a quote that another line closes: from here on nobody can tell
            return
        yield from _split(tokens)


def _split(tokens: list[str]) -> Iterator[list[str]]:
    words: list[str] = []
    target = False
    for token in tokens:
        if set(token) <= _NEW_COMMAND:
            if words:
                yield words
            words = []
        elif set(token) <= _REDIRECTION | {"&"}:
            target = True
        elif target:
            target = False
        else:
            words.append(token)
    if words:
        yield words


def _of_words(words: list[str], folder: str, *, by_exec: bool) -> Iterator[Program]:
    while words and (words[0] in _PREFIX or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    if not words or words[0] in _BUILTIN or not _PLAIN.fullmatch(words[0]):
        return
    name, arguments = words[0], words[1:]
    if not _is_sourcing(name):
        yield Program(_placed(name, folder) if "/" in name else name, by_exec=by_exec)
    if _INTERPRETERS.fullmatch(posixpath.basename(name)):
        yield from _interpreted(arguments, folder)


def _is_sourcing(name: str) -> bool:
    return name in (".", "source")


def _interpreted(arguments: list[str], folder: str) -> Iterator[Program]:
    """The script of an interpreter: its first argument that is not an option."""
    for index, argument in enumerate(arguments):
        if argument == "-c":
            yield from programs(arguments[index + 1]) if folder == "" and arguments[index + 1 :] else ()
            return
        if argument.startswith("-"):
            if argument.startswith("-m") or argument in ("-e", "-p"):
                return
            continue
        if "/" in argument and not argument.startswith("/") and _PLAIN.fullmatch(argument):
            yield Program(_placed(argument, folder), direct=False)
        return


def _placed(name: str, folder: str) -> str:
    return name if name.startswith("/") else posixpath.normpath(posixpath.join(folder, name))


GATE = "scripts"
_STARTER = re.compile(rb"^[^#\n]*is not filled in yet", re.MULTILINE)
"""What the last lines of the starters that `sentinel init` writes say."""
_MARK = re.compile(r"#\s*CHANGE THIS")


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A file of the repository that a command names."""

    content: bytes
    executable: bool


Finds = Callable[[str, bool], bool]
"""Whether this machine has a program, by name or path, for commands of production or for the others."""


def script_paths(policy: Policy) -> tuple[str, ...]:
    """Every file of the repository that a deploy, smoke or rollback command executes or passes to an interpreter."""
    named = (one.name for command, _ in _commands(policy) for one in programs(command) if one.in_repository)
    return tuple(dict.fromkeys(name for name in named if not name.startswith("../")))


def script_faults(policy: Policy, files: Mapping[str, ScriptFile], finds: Finds) -> tuple[BlockedBy, ...]:
    """Why each script cannot run, once each; `files` are those of `script_paths` that exist."""
    found = (
        _of_file(policy, one, files.get(one.name), finds, production=production)
        if one.in_repository
        else _of_program(one.name, finds, production=production)
        for command, production in _commands(policy)
        for one in programs(command)
    )
    return tuple(dict.fromkeys(BlockedBy(gate=GATE, message=what, fix=fix) for each in found for what, fix in each))


def marked_lines(policy: bytes) -> tuple[int, ...]:
    """The lines of sentinel.toml that `sentinel init` left to fill in, if they are unchanged."""
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
            f"{name} is still the starter that `sentinel init` wrote, which always fails.",
            "Replace its last two lines with what it must do, and commit it.",
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
        yield (
            f"{name} has Windows line ends, so its interpreter is not found.",
            "Save it with Unix line ends (`\\n`), and commit it.",
        )
    elif line.startswith(b"#!"):
        interpreter = _interpreter(line[2:].decode("utf-8", "replace").split())
        if interpreter is None or not finds(interpreter, production):
            shown = printable(interpreter or line.decode("utf-8", "replace"), limit=100)
            yield (
                f"{name} names the interpreter {shown}, which does not exist.",
                "Install it, or correct the first line.",
            )
    elif program.by_exec and content.strip() and not content.startswith((b"\x7fELF", b"\xcf\xfa\xed\xfe", b"MZ")):
        yield (
            f"{name} has no first line that names its interpreter, such as `#!/bin/sh`.",
            "Write that line, and commit it.",
        )


def _interpreter(words: list[str]) -> str | None:
    """The interpreter: the program of the first line, or the one that `env` looks up."""
    if not words or not words[0].endswith("/env"):
        return words[0] if words else None
    return next((word for word in words[1:] if not word.startswith("-") and "=" not in word), None)


ENVIRONMENT = "environment"
_WITHOUT = frozenset(
    (
        *("LANG", "LANGUAGE", "TZ", "TERM", "NO_COLOR", "CI", "DEBUG"),
        *("GOPATH", "GOPROXY", "GOPRIVATE", "CARGO_HOME", "RUSTUP_HOME", "JAVA_HOME", "GRADLE_USER_HOME"),
        *("MAVEN_OPTS", "UV_CACHE_DIR", "PNPM_HOME", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
        *("PIP_CERT", "PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX"),
        *("UV_FIND_LINKS", "NPM_CONFIG_REGISTRY", "NPM_CONFIG_USERCONFIG", "CARGO_HTTP_CAINFO"),
    )
)
"""Well-known settings whose absence means a default; `sentinel init` writes some of them wherever it is run."""


@dataclass(frozen=True, slots=True)
class Available:
    """The variables, files and secrets that commands can get: all commands, and production scripts besides.

    `daemon` are the variables of the daemon; `sources` are those that hold secrets, which are never passed.
    """

    everywhere: Collection[str]
    in_production: Collection[str]
    daemon: Collection[str]
    sources: Collection[str]


def missing_variables(policy: Policy, available: Available) -> Iterator[BlockedBy]:
    """Each name in `pass` that its commands would not get, unless it is optional."""
    sections = (
        ("environment", policy.environment, available.everywhere),
        ("production.environment", policy.production.environment, available.in_production),
    )
    for section, environment, given in sections:
        for name in dict.fromkeys(environment.passed):
            if (name not in given or name.startswith(OWN) or name == "PATH") and not _has_default(name):
                yield _missing(section, name, available)


def _has_default(name: str) -> bool:
    return name.upper() in _WITHOUT or name.startswith("LC_")


def _missing(section: str, name: str, available: Available) -> BlockedBy:
    where, out = f"`[{section}] pass` names {name}", f"removes {name} from `pass`"
    if name.startswith(OWN) or name == "PATH":
        return _fault(f"{where}, which Sentinel never passes.", f"A person {out}.")
    if name in available.sources:
        fix = f"A person names the secret under `secrets` and {out}."
        return _fault(f"{where}, which holds a secret of daemon.toml: Sentinel never passes it.", fix)
    if name in available.daemon:
        fix = f"An operator adds {name} to `pass` of [separated] in daemon.toml, or a person {out}."
        return _fault(f"{where}, which separated mode passes only to production scripts.", fix)
    fix = (
        f"A person sets {name} and starts the daemon again (`sentinel daemon stop`, then `sentinel daemon start`), "
        f"or {out}; a variable that may be absent goes into `optional`."
    )
    return _fault(f"{where}, and the daemon's environment has no such variable.", fix)


def _fault(message: str, fix: str) -> BlockedBy:
    return BlockedBy(gate=ENVIRONMENT, message=message, fix=fix)
