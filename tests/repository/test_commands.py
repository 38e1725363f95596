"""Every command that the documents show exists, with the options that they show."""

import re
import shlex
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator

import pytest

from sentinel.front.cli.parser import load, parser_of
from tests.repository.markdown import ROOT, Document, documents

MAKE_TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
OPERATORS = {"&&", "||", ";", "|", "&", ">", ">>", "<", "2>"}


def _commands(line: str) -> Iterator[list[str]]:
    """The simple commands of a shell line, without the variables set for them."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word not in OPERATORS:
            words.append(word)
            continue
        while words and re.fullmatch(r"[A-Za-z_]\w*=.*", words[0]):
            words.pop(0)
        if words:
            yield words
        words = []


def _fault(words: list[str]) -> str | None:
    program = words[0].rpartition("/")[2]
    if program == "sentinel":
        return _command_fault(words[1:])
    if program == "make":
        targets = [word for word in words[1:] if "=" not in word and not word.startswith("-")]
        return next(
            (f"make {target}: there is no such target" for target in targets if target not in MAKE_TARGETS), None
        )
    return None


def _command_fault(words: list[str]) -> str | None:
    if not words or words[0].startswith("-"):
        return None if words in ([], ["--help"], ["--version"]) else f"sentinel has no option {words[0]}"
    command = load(words[0])
    if command is None:
        return f"sentinel has no command {words[0]}"
    return _sentinel_fault(parser_of(words[0], command), words[1:])


def _sentinel_fault(parser: ArgumentParser, words: list[str]) -> str | None:
    """The first word that `parser`, or the subcommand that the words lead to, does not know."""
    rest = iter(words)
    for word in rest:
        if word.startswith("-"):
            name, equals, _ = word.partition("=")
            option = parser._option_string_actions.get(name)  # noqa: SLF001 - argparse lists them nowhere else
            if option is None:
                return f"{parser.prog} has no option {name}"
            if option.nargs != 0 and not equals:
                next(rest, None)
        elif (children := _subcommands(parser)) is not None:
            if word not in children:
                return f"{parser.prog} has no subcommand {word}"
            return _sentinel_fault(children[word], list(rest))
    return None


def _subcommands(parser: ArgumentParser) -> "dict[str, ArgumentParser] | None":
    actions = parser._actions  # noqa: SLF001 - argparse lists them nowhere else
    return next((action.choices for action in actions if isinstance(action, _SubParsersAction)), None)


@pytest.mark.parametrize("document", documents(), ids=lambda document: document.name)
def test_every_shown_command_exists(document: Document) -> None:
    faults = [_fault(words) for line in document.shell_lines() for words in _commands(line)]
    assert [fault for fault in faults if fault] == []
