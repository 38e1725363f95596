"""What a person reads before they trust: the text of each file or how its bytes differ from the trusted ones, and
sentences on commands of which it is not known what they start.
"""

import difflib
import re
import shlex
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from sentinel.core.policy.model import Command, Policy
from sentinel.core.policy.pinning import named_by
from sentinel.core.values.path_patterns import matching
from sentinel.core.values.printable import printable

SHOWN_BYTES = 1024 * 1024
"""How much of a file is shown; a larger one is cut at the front."""
_TAB, _BLANK = "\u2192   ", "\u00b7"


def shown_file(path: str, now: bytes, trusted: bytes | None) -> tuple[str, ...]:
    """The whole file where it is new, else what has changed in it since it was trusted."""
    name = printable(path)
    if trusted == now:
        return (f"=== {name} (unchanged)",)
    cut = (f"[the first {len(now) - SHOWN_BYTES} bytes are not shown]",) if len(now) > SHOWN_BYTES else ()
    if trusted is None:
        return (f"=== {name} (new)", *cut, *(_text(line) for line in now[-SHOWN_BYTES:].split(b"\n")))
    return (f"=== {name} (changed)", *cut, *_difference(trusted[-SHOWN_BYTES:], now[-SHOWN_BYTES:]))


def _difference(trusted: bytes, now: bytes) -> Iterator[str]:
    """A unified difference by bytes, in which white space can be seen where lines differ."""
    before, after = (list(map(_kept, content.split(b"\n"))) for content in (trusted, now))
    lines = list(difflib.unified_diff(before, after, "trusted", "now", lineterm=""))
    removed, added = ({_seen(line[1:]) for line in lines[2:] if line[0] == sign} for sign in "-+")
    alike = removed & added
    for number, line in enumerate(lines):
        if number < 2 or line[0] == "@":
            yield line
        elif line[0] == " ":
            yield f" {_text(_bytes(line[1:]))}"
        else:
            shown = _seen(line[1:])
            yield f"{line[0]}{repr(_bytes(line[1:])) if shown in alike else shown}"


def _kept(line: bytes) -> str:
    """As text that holds every byte."""
    return line.decode("utf-8", "surrogateescape")


def _bytes(line: str) -> bytes:
    return line.encode("utf-8", "surrogateescape")


def _text(line: bytes) -> str:
    """A line for reading; what is no UTF-8 is shown by its numbers."""
    return printable(line.decode("utf-8", "backslashreplace").replace("\t", "    "), limit=SHOWN_BYTES)


def _seen(line: str) -> str:
    """A changed line: tabs as arrows, blanks at its end as dots, other white space by its numbers."""
    text = _bytes(line).decode("utf-8", "backslashreplace")
    body = text.rstrip(" ")
    tail = _BLANK * (len(text) - len(body))
    return "".join(_sign(character) for character in body) + tail


def _sign(character: str) -> str:
    if character == "\t":
        return _TAB
    if character != " " and unicodedata.category(character) == "Zs":
        return f"\\u{ord(character):04x}"
    return printable(character)


_OPERATORS = "();<>|&"
_KEYWORDS = frozenset("! { } if then elif else fi do done while until case esac in".split())  # noqa: SIM905 - to read
_BUILTINS = "echo printf true false : test [ [[ cd pushd popd set export unset local readonly exit return trap shift"
_QUIET = frozenset([*_BUILTINS.split(), "sleep", "mkdir", "touch", "wait", "umask", "for"])
"""They start no file."""
_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})
_PROGRAMS = "python python3 node ruby perl php source . exec env xargs eval time nice nohup sudo"
_STARTERS = _SHELLS.union(_PROGRAMS.split())
"""They start what they are given."""
_OPEN = re.compile(r"[$`*?]|\[.*\]")
"""What a shell makes other words of."""
_SHOWN = 120


def unseen(policy: Policy, pinned: Collection[str], files: Sequence[str]) -> tuple[str, ...]:
    """Sentences; none where every command names what it starts. `files` are the commit's, `pinned` those in trust."""
    said = [sentence for command in policy.scripts() for sentence in _of(command, pinned)]
    empty = [pattern for pattern in policy.trust.also if not matching(files, (pattern,))]
    said += [f"`[trust] also` names {printable(pattern)}, and no file is there." for pattern in empty]
    return tuple(dict.fromkeys(said))


def _of(command: Command, pinned: Collection[str]) -> Iterator[str]:
    for words in (command,) if not isinstance(command, str) else _commands(command):
        yield from _of_words(words, pinned)


def _of_words(words: tuple[str, ...], pinned: Collection[str]) -> Iterator[str]:
    while words and (words[0] in _KEYWORDS or re.match(r"\w+=", words[0])):
        words = words[1:]
    if not words or words[0] in _QUIET:
        return
    shown = printable(" ".join(words), limit=_SHOWN)
    inner = _script(words)
    if inner is not None:
        yield from _of(inner, pinned)
    elif _OPEN.search(words[0]) or (words[0] in _STARTERS and any(_OPEN.search(word) for word in words[1:])):
        yield f"Sentinel cannot tell which files `{shown}` starts: a variable or a pattern decides it when it runs."
    elif not _names_any(words, pinned):
        yield f"Sentinel cannot tell which files `{shown}` starts: it names no file of the repository."


def _names_any(words: tuple[str, ...], pinned: Collection[str]) -> bool:
    """Also by the end of a path: the folder may be that of a `cd` before."""
    return any(f"/{path}".endswith(f"/{named}") for named in named_by(words) for path in pinned)


def _script(words: tuple[str, ...]) -> str | None:
    """The text of `sh -c TEXT`."""
    if words[0].rpartition("/")[2] in _SHELLS:
        for option, text in pairwise(words):
            if re.fullmatch(r"-[a-z]*c", option):
                return text
    return None


def _commands(text: str) -> Iterator[tuple[str, ...]]:
    """The simple commands of a shell text, as far as quotes and signs tell."""
    for line in text.replace("\\\n", "").split("\n"):
        lexer = shlex.shlex(line, posix=True, punctuation_chars=_OPERATORS)
        lexer.whitespace_split, lexer.commenters = True, "#"
        try:
            words = list(lexer)
        except ValueError:
            words = line.split()
        found: list[str] = []
        for word in words:
            if set(word) <= set(_OPERATORS) and not set(word) & set("<>"):
                yield tuple(found)
                found = []
            else:
                found.append(word)
        yield tuple(found)
