"""What can be typed after `sentinel`: the modules of `sentinel.front.cli.commands` describe each command as data.

Only the module of the command that was typed is imported, and its parser alone is built: argparse takes as long as all
the rest of a quick command.
"""

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError, HelpFormatter, Namespace, _SubParsersAction
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

from sentinel import VERSION
from sentinel.errors.connection import UsageError
from sentinel.front.cli import commands
from sentinel.front.cli.commands import COMMANDS

USAGE = "usage: sentinel COMMAND …"
DESCRIPTION = "AI agents request releases; the protocol and people approve them."


class Argument(NamedTuple):
    """An argument as argparse takes it."""

    names: tuple[str, ...]
    settings: Mapping[str, Any]


class Action(NamedTuple):
    """What is run for one command, or for one action of a command that has several; `project` lets it be chosen."""

    help: str
    run: Callable[[Namespace], int]
    arguments: tuple[Argument, ...] = ()
    project: bool = True


class Command(NamedTuple):
    """A command, which has either one action or several by name."""

    help: str
    action: Action | None = None
    actions: Mapping[str, Action] = MappingProxyType({})

    def every_action(self) -> tuple[Action, ...]:
        return (*self.actions.values(), *((self.action,) if self.action is not None else ()))


class _Parser(ArgumentParser):
    """To learn the terminal's width, argparse would import a module that takes a while."""

    def __init__(self, *, prog: str, description: str) -> None:
        formatter = partial(HelpFormatter, width=_columns() - 2)
        super().__init__(prog=prog, description=description, formatter_class=formatter, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        """Raises UsageError below the usage."""
        self.print_usage(sys.stderr)
        raise UsageError(command=self.prog, fault=f"{message[:1].upper()}{message[1:]}")


def argument(*names: str, **settings: Any) -> Argument:
    return Argument(names, MappingProxyType(settings))


def command(
    help: str,
    run: Callable[[Namespace], int],
    *arguments: Argument,
    project: bool = True,
) -> Command:
    """A command without further actions."""
    return Command(help, Action(help, run, arguments, project))


def count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"found {text!r}, expected a number of at least 1")
    return int(text)


def number(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"found {text!r}, expected a number such as 12")
    return int(text)


JSON = argument("--json", action="store_true", help="print data for programs")
REASON = argument("--reason", required=True, help="why; it is recorded")
PROJECT = argument("--project", metavar="DIR", help="a folder of the governed repository (default: this one)")


def parse(words: Sequence[str]) -> Namespace:
    """The options of the command that `words` name; `run` of them carries it out.

    Raises UsageError; ends the program where help or the version is all that was asked for.
    """
    name = words[0] if words else ""
    if name in ("-h", "--help"):
        sys.stdout.write(_help())
        raise SystemExit(0)
    if name == "--version":
        sys.stdout.write(f"sentinel {VERSION}\n")
        raise SystemExit(0)
    named = load(name)
    if named is None:
        sys.stderr.write(f"{USAGE}\n")
        raise UsageError(command="sentinel", fault=_no_command(name))
    return parser_of(name, named).parse_args(words[1:])


def _no_command(name: str) -> str:
    if not name:
        return "A command is required"
    if name.startswith("-"):
        return f"Options follow the command that they belong to; found {name!r} first"
    return f"There is no command {name!r}"


def load(name: str) -> Command | None:
    """The command of that name; None where there is none."""
    for modules in COMMANDS.values():
        for module, names in modules.items():
            if name in names:
                found: Command = getattr(import_module(f"{commands.__name__}.{module}"), name.upper())
                return found
    return None


def all_commands() -> dict[str, Command]:
    """Every command by its name: for the help, for completion, and for tests."""
    names = (name for modules in COMMANDS.values() for listed in modules.values() for name in listed)
    return {name: found for name in names if (found := load(name)) is not None}


def parser_of(name: str, named: Command) -> ArgumentParser:
    parser = _Parser(prog=f"sentinel {name}", description=_sentence(named.help))
    if named.action is not None:
        _fill(parser, named.action)
        return parser
    below: _SubParsersAction[_Parser]
    below = parser.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)
    for word, action in named.actions.items():
        _fill(below.add_parser(word, help=action.help, description=_sentence(action.help)), action)
    return parser


def _columns() -> int:
    chosen = os.environ.get("COLUMNS", "")
    if chosen.isdecimal() and int(chosen) > 0:
        return int(chosen)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except OSError:
        return 80


def _fill(parser: ArgumentParser, action: Action) -> None:
    for one in (*action.arguments, *((PROJECT,) if action.project else ())):
        parser.add_argument(*one.names, **one.settings)
    parser.set_defaults(run=action.run)


def _help() -> str:
    lines = [USAGE, "", DESCRIPTION]
    found = all_commands()
    for section, modules in COMMANDS.items():
        lines += ["", f"{section}:"]
        lines += [f"  {name:<10}  {found[name].help}" for names in modules.values() for name in names]
    lines += ["", "`sentinel COMMAND --help` explains a command, `--version` prints the version.", ""]
    return "\n".join(lines)


def _sentence(help_text: str) -> str:
    return f"{help_text[:1].upper()}{help_text[1:]}."
