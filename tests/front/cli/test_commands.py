"""The table of commands and the modules that have them say the same."""

from importlib import import_module
from pkgutil import iter_modules

from sentinel.front.cli import commands
from sentinel.front.cli.commands import COMMANDS
from sentinel.front.cli.parser import Command, all_commands, load


def test_every_command_of_a_module_is_listed_in_its_order() -> None:
    found = {}
    for module in iter_modules(commands.__path__):
        members = vars(import_module(f"{commands.__name__}.{module.name}"))
        found[module.name] = tuple(name.lower() for name, one in members.items() if isinstance(one, Command))
    listed = {module: names for modules in COMMANDS.values() for module, names in modules.items()}
    assert found == listed, "list the command in sentinel.front.cli.commands"


def test_a_command_is_found_by_its_name_alone() -> None:
    assert [load(name) for name in ("", "fly", "APPROVE", "__init__", "os", "hold_", "commands")] == [None] * 7
    assert all(load(name) is command for name, command in all_commands().items())
