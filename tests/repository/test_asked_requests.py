"""What the command line asks by name, the daemon knows, with the arguments that it is given."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.engine.api import requests
from sentinel.front.operator.server import CONSOLE, SIGN_OUT, STOP

CLI = Path(__file__).parents[2] / "src" / "sentinel" / "front" / "cli"
OF_THE_DAEMON = {STOP, CONSOLE, SIGN_OUT}


def _calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of the client's `ask` and `ask_for`, with the name that it asks by."""
    for path in sorted(CLI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            position = {"ask": 0, "ask_for": 1}.get(node.func.attr)
            if position is not None:
                name = node.args[position]
                assert isinstance(name, ast.Constant), f"{path.name} asks by a name that is not written there"
                assert isinstance(name.value, str)
                yield f"{path.name}: {name.value}", node


@pytest.mark.parametrize(("where", "call"), list(_calls()), ids=lambda value: value if isinstance(value, str) else "")
def test_what_a_command_asks_is_a_request_with_these_arguments(where: str, call: ast.Call) -> None:
    name = where.partition(": ")[2]
    if name in OF_THE_DAEMON:
        return
    assert name in requests(), where
    fields = requests()[name].model_fields
    given = {keyword.arg for keyword in call.keywords}
    assert None in given or given <= set(fields), where
    assert None in given or {key for key, field in fields.items() if field.is_required()} <= given, where
