"""Commands of which Sentinel cannot tell which files they start, in words for whoever trusts them."""

import re
import shlex
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from sentinel.core.policy.model import Command, Policy
from sentinel.core.policy.pinning import named_by
from sentinel.core.values.path_patterns import matching
from sentinel.core.values.printable import printable

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
