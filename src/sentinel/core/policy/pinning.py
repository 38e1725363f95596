"""What `sentinel trust` pins, in which words a commit differs from it, and what a person reads before they trust."""

import difflib
import hashlib
import posixpath
import re
import shlex
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise

from pydantic import AwareDatetime

from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.policy.model import Command, Policy
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen, canonical
from sentinel.core.values.printable import printable


@dataclass(frozen=True, slots=True)
class Script:
    """A pinned file as it is executed."""

    path: str
    content: bytes
    executable: bool


class PinnedFile(Frozen):
    path: str
    sha256: str


class Pin(Frozen):
    """What a person trusted with `sentinel trust`: the bytes of the policy and of the scripts it names.

    `remote` are the addresses that releases are read from and pushed to, without logins; None if an earlier version
    pinned. `approvers` is the digest of the approvers' file; None if the policy names none, or an earlier version
    pinned.
    """

    commit: str
    files: tuple[PinnedFile, ...]
    digest: str
    policy: Policy
    by: FreeText
    at: AwareDatetime
    remote: tuple[str, ...] | None = None
    approvers: str | None = None


_OPERATORS = "();<>|&`"
_LOOSE = re.compile(rf"[\s'\"{re.escape(_OPERATORS)}]+")
_INTO = frozenset({"cd", "pushd", "-C", "--chdir", "--directory"})
_INTO_IS = ("-C", "--chdir=", "--directory=")
"""How a command changes to another folder."""
_VARIABLE = re.compile(r"\$\{?\w+\}?/")


def named_paths(policy: Policy) -> tuple[str, ...]:
    """Every word of the deploy, smoke and rollback commands that may name a file of the repository.

    It may name too many: a path without a file is not pinned. What a script calls is not seen.
    """
    return _named(policy.scripts())


def pinned_paths(policy: Policy) -> tuple[str, ...]:
    """All that trust covers, the policy first."""
    windows = policy.production.windows
    calendar = (windows.calendar,) if windows is not None and windows.calendar is not None else ()
    return (POLICY_FILE, *dict.fromkeys((*named_paths(policy), *calendar)))


def rollback_paths(policy: Policy) -> tuple[str, ...]:
    """The paths of the rollback command alone, which runs beside the code of another release."""
    return _named((policy.production.rollback,))


def named_by(words: tuple[str, ...]) -> tuple[str, ...]:
    """The paths that the words of one command may name."""
    return _named((words,))


def _named(commands: tuple[Command, ...]) -> tuple[str, ...]:
    found = (_path(word) for command in commands for word in _candidates(command))
    return tuple(dict.fromkeys(path for path in found if path is not None))


def _candidates(command: str | tuple[str, ...]) -> Iterator[str]:
    """Every word, the value of every `name=value`, and the word as a path after the `cd` or `-C` before it."""
    folder, before = "", ""
    for text in (command,) if isinstance(command, str) else command:
        for word in _words(text):
            yield word
            yield word.partition("=")[2]
            if before in _INTO:
                folder = posixpath.join(folder, word)
            for option in _INTO_IS:
                if word.startswith(option):
                    folder = posixpath.join(folder, word.removeprefix(option))
            yield posixpath.join(folder, word)
            before = word


def _words(text: str) -> Iterator[str]:
    """`text` itself, and what a shell makes of it, at any depth of quoting: `sh -c "deploy/x.sh now"`."""
    yield text
    parts = _split(text)
    if parts != [text]:
        for part in parts:
            yield from _words(part)


def _split(text: str) -> list[str]:
    """The words of a shell command; if its quotes do not parse, everything between blanks and operators."""
    lexer = shlex.shlex(text.replace("\\\n", ""), posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        return list(lexer)
    except ValueError:
        return [part for part in _LOOSE.split(text) if part]


def _path(word: str) -> str | None:
    """`word` as a path inside the repository, as git writes it; None if it cannot be one."""
    bare = _VARIABLE.sub("", word, count=1) if word.startswith("$") else word
    path = posixpath.normpath(bare)
    return None if bare.startswith(("/", "-")) or path in (".", "..") or path.startswith("../") else path


def pinned_files(contents: Mapping[str, bytes]) -> tuple[PinnedFile, ...]:
    """The files with their digests, the policy first."""
    paths = sorted(contents, key=lambda path: (path != POLICY_FILE, path))
    return tuple(PinnedFile(path=path, sha256=hashlib.sha256(contents[path]).hexdigest()) for path in paths)


def pin_digest(files: tuple[PinnedFile, ...]) -> str:
    """The digest that trust is bound to: that of the bytes of all pinned files."""
    return hashlib.sha256(canonical([[file.path, file.sha256] for file in files])).hexdigest()


def trust_digest(policy_digest: str, remote: tuple[str, ...], approvers: str | None = None) -> str:
    """The digest that a person confirms at `sentinel trust`: pinned files, addresses of the remote, approvers."""
    if not remote and approvers is None:
        return policy_digest
    return hashlib.sha256(canonical([policy_digest, list(remote), approvers])).hexdigest()


def distrust(pin: Pin | None, files: tuple[PinnedFile, ...]) -> str | None:
    """Why `files` are not the trusted ones, as a sentence; None if they are."""
    if pin is None:
        return "Nobody has trusted this repository's sentinel.toml yet."
    trusted = {file.path: file.sha256 for file in pin.files}
    found = {file.path: file.sha256 for file in files}
    if trusted == found:
        return None
    changes = [
        *(f"{printable(path)} was changed" for path in found if path in trusted and found[path] != trusted[path]),
        *(f"{printable(path)} is new" for path in found if path not in trusted),
        *(f"{printable(path)} is gone" for path in trusted if path not in found),
    ]
    return f"The policy is not the trusted one: {', '.join(changes)}."


def matching(paths: Iterable[str], patterns: Iterable[str]) -> tuple[str, ...]:
    """The paths that match a pattern, in their order."""
    wanted = [_segments(pattern) for pattern in patterns]
    return tuple(path for path in paths if any(_matches(_segments(path), parts) for parts in wanted))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part not in ("", "."))


def _matches(path: tuple[str, ...], pattern: tuple[str, ...]) -> bool:
    """Follows all positions of the pattern that the segments can have reached, so no pattern is slow."""
    reached = _skipping({0}, pattern)
    for segment in path:
        after = set()
        for position in reached:
            if position < len(pattern):
                if pattern[position] == "**":
                    after.add(position)
                elif fnmatchcase(segment, pattern[position]):
                    after.add(position + 1)
        reached = _skipping(after, pattern)
    return len(pattern) in reached


def _skipping(reached: set[int], pattern: tuple[str, ...]) -> set[int]:
    """The positions that can also be reached because `**` may match nothing."""
    for position in sorted(reached):
        following = position
        while following < len(pattern) and pattern[following] == "**":
            following += 1
            reached.add(following)
    return reached


SHOWN_BYTES = 1024 * 1024
"""How much of a file is shown; a larger one is cut at the front."""
_TAB, _BLANK = "\u2192   ", "\u00b7"


def shown_file(path: str, now: bytes, trusted: bytes | None) -> tuple[str, ...]:
    """The whole file if it is new, else what changed in it since it was trusted."""
    name = printable(path)
    if trusted == now:
        return (f"=== {name} (unchanged)",)
    cut = (f"[the first {len(now) - SHOWN_BYTES} bytes are not shown]",) if len(now) > SHOWN_BYTES else ()
    if trusted is None:
        return (f"=== {name} (new)", *cut, *(_shown_line(line) for line in now[-SHOWN_BYTES:].split(b"\n")))
    return (f"=== {name} (changed)", *cut, *_difference(trusted[-SHOWN_BYTES:], now[-SHOWN_BYTES:]))


def _difference(trusted: bytes, now: bytes) -> Iterator[str]:
    """A unified difference by bytes that makes white space visible where lines differ."""
    before, after = (list(map(_decoded, content.split(b"\n"))) for content in (trusted, now))
    lines = list(difflib.unified_diff(before, after, "trusted", "now", lineterm=""))
    removed, added = ({_changed_line(line[1:]) for line in lines[2:] if line[0] == sign} for sign in "-+")
    alike = removed & added
    for number, line in enumerate(lines):
        if number < 2 or line[0] == "@":
            yield line
        elif line[0] == " ":
            yield f" {_shown_line(_encoded(line[1:]))}"
        else:
            shown = _changed_line(line[1:])
            yield f"{line[0]}{repr(_encoded(line[1:])) if shown in alike else shown}"


def _decoded(line: bytes) -> str:
    """The line as text that keeps every byte."""
    return line.decode("utf-8", "surrogateescape")


def _encoded(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")


def _shown_line(line: bytes) -> str:
    """A line for reading; bytes that are not UTF-8 as escapes."""
    return printable(line.decode("utf-8", "backslashreplace").replace("\t", "    "), limit=SHOWN_BYTES)


def _changed_line(line: str) -> str:
    """A changed line: tabs as arrows, trailing blanks as dots, other white space as escapes."""
    text = _encoded(line).decode("utf-8", "backslashreplace")
    body = text.rstrip(" ")
    tail = _BLANK * (len(text) - len(body))
    return "".join(_shown_character(character) for character in body) + tail


def _shown_character(character: str) -> str:
    if character == "\t":
        return _TAB
    if character != " " and unicodedata.category(character) == "Zs":
        return f"\\u{ord(character):04x}"
    return printable(character)


_SEPARATORS = "();<>|&"
_KEYWORDS = frozenset("! { } if then elif else fi do done while until case esac in".split())  # noqa: SIM905 - to read
_BUILTINS = "echo printf true false : test [ [[ cd pushd popd set export unset local readonly exit return trap shift"
_QUIET = frozenset([*_BUILTINS.split(), "sleep", "mkdir", "touch", "wait", "umask", "for"])
"""Commands that start no file."""
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_PROGRAMS = "python python3 node ruby perl php source . exec env xargs eval time nice nohup sudo"
_STARTERS = _SHELLS.union(_PROGRAMS.split())
"""Commands that start the files in their arguments."""
_OPEN = re.compile(r"[$`*?]|\[.*\]")
"""Signs that a shell expands to other words."""
_SHOWN = 120


def unseen(policy: Policy, pinned: Collection[str], files: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each command whose files cannot be told. `files` are the commit's, `pinned` those in trust."""
    said = [sentence for command in policy.scripts() for sentence in _unseen_in(command, pinned)]
    empty = [pattern for pattern in policy.trust.also if not matching(files, (pattern,))]
    said += [f"`[trust] also` names {printable(pattern)}, which matches no file." for pattern in empty]
    return tuple(dict.fromkeys(said))


def _unseen_in(command: Command, pinned: Collection[str]) -> Iterator[str]:
    for words in (command,) if not isinstance(command, str) else _commands(command):
        yield from _unseen_of(words, pinned)


def _unseen_of(words: tuple[str, ...], pinned: Collection[str]) -> Iterator[str]:
    while words and (words[0] in _KEYWORDS or re.match(r"\w+=", words[0])):
        words = words[1:]
    if not words or words[0] in _QUIET:
        return
    shown = printable(" ".join(words), limit=_SHOWN)
    inner = _shell_text(words)
    if inner is not None:
        yield from _unseen_in(inner, pinned)
    elif _OPEN.search(words[0]) or (words[0] in _STARTERS and any(_OPEN.search(word) for word in words[1:])):
        yield f"Sentinel cannot tell which files `{shown}` starts: a variable or a pattern decides it when it runs."
    elif not _names_any(words, pinned):
        yield f"Sentinel cannot tell which files `{shown}` starts: it names no file of the repository."


def _names_any(words: tuple[str, ...], pinned: Collection[str]) -> bool:
    """Whether the words name a pinned file, also by the end of its path after a `cd`."""
    return any(f"/{path}".endswith(f"/{named}") for named in named_by(words) for path in pinned)


def _shell_text(words: tuple[str, ...]) -> str | None:
    """The text of `sh -c TEXT`."""
    if words[0].rpartition("/")[2] in _SHELLS:
        for option, text in pairwise(words):
            if re.fullmatch(r"-[a-z]*c", option):
                return text
    return None


def _commands(text: str) -> Iterator[tuple[str, ...]]:
    """The simple commands of a shell text, as far as quotes and operators show them."""
    for line in text.replace("\\\n", "").split("\n"):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=_SEPARATORS)
        lexer.whitespace_split, lexer.commenters = True, "#"
        try:
            words = list(lexer)
        except ValueError:
            words = line.split()
        found: list[str] = []
        for word in words:
            if set(word) <= set(_SEPARATORS) and not set(word) & set("<>"):
                yield tuple(found)
                found = []
            else:
                found.append(word)
        yield tuple(found)
