"""Which programs the commands of a policy start, as far as their words say so without a shell."""

import posixpath
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from sentinel.core.policy.model import Command

_BUILTIN = frozenset(
    (
        *(":", "[", "alias", "break", "case", "cd", "continue", "do", "done", "echo", "elif", "else", "esac", "eval"),
        *("exit", "export", "false", "fi", "for", "function", "getopts", "hash", "if", "in", "kill", "let", "local"),
        *("printf", "pwd", "read", "readonly", "return", "set", "shift", "test", "then", "times", "trap", "true"),
        *("[[", "bg", "builtin", "declare", "disown", "fg", "jobs", "popd", "pushd", "select", "shopt", "typeset"),
        *("type", "ulimit", "umask", "unalias", "unset", "until", "wait", "while", "}"),
    )
)
"""Words of the shell's own; what stands behind them is not judged."""
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
    """Those of a command, in their order; what cannot be told from the words is left out."""
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
    """The folder after `cd`; None where nobody can tell."""
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
    """The script of an interpreter: its first argument that is no option."""
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
