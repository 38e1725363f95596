"""What starts often loads the standard library alone: an AI client at every launch, commands."""

import os
import subprocess
import sys

import pytest

LOADED = """
import sys
sys.argv = ["sentinel", "mcp", "--no-such-option"]
{code}
stdlib = sys.stdlib_module_names | {{"__main__", "sentinel"}}
print(*sorted({{name.partition(".")[0] for name in sys.modules}} - stdlib))
"""
MCP_PATH = """
try:
    from sentinel.front.cli.main import main
    main()
except SystemExit as end:
    assert end.code in (0, None), end.code
"""


@pytest.mark.parametrize(
    "code",
    [
        "import sentinel.launch.relay",
        "import sentinel.launch.daemon_start",
        "import sentinel.launch.settings",
        pytest.param("from sentinel.front.cli.parser import all_commands; all_commands()", id="every command"),
        pytest.param(MCP_PATH, id="sentinel mcp"),
    ],
)
def test_no_third_party_module_is_loaded(code: str) -> None:
    # -S: the site's own .pth files load whatever is installed beside us.
    done = subprocess.run(
        [sys.executable, "-S", "-c", LOADED.format(code=code)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip().splitlines()[-1:], done.stderr.count("Traceback")) == (0, [], 0)


LATER = (
    "alembic",
    "apprise",
    "git",
    "htpy",
    "httpx",
    "icalendar",
    "jwt",
    "markdown_it",
    "psycopg",
    "sentinel.front.console.app",
    "sentinel.front.mcp.http",
    "sqlalchemy.dialects.postgresql",
    "tree_sitter",
)
"""Takes time at every start, and memory as long as a daemon runs that may never need it."""


def test_a_daemon_that_starts_loads_nothing_that_is_needed_later() -> None:
    code = f"import sentinel.daemon, sys; print(*({set(LATER)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
