"""A command that only asks the daemon loads the standard library alone, from its start to its end."""

import os
import subprocess
import sys

import pytest

from tests.protocol.installation import Installation

RUN = """
import sys
from sentinel.front.cli.main import main
code = main(sys.argv[1:])
stdlib = sys.stdlib_module_names | {"__main__", "sentinel"}
print("loaded:", *sorted({name.partition(".")[0] for name in sys.modules} - stdlib))
raise SystemExit(code)
"""


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("status", "--json"),
        ("sprint", "start", "Opening"),
        ("audit", "list"),
        ("audit", "list", "--findings"),
        ("audit", "verify"),
        ("token", "list"),
    ],
    ids=" ".join,
)
def test_nothing_but_the_standard_library_is_loaded(site: Installation, words: tuple[str, ...]) -> None:
    paths = os.pathsep.join(path for path in sys.path if path)
    site.operator.ask("status")
    done = subprocess.run(
        [sys.executable, "-S", "-c", RUN, *words],  # -S: the site's own .pth files load whatever is installed
        cwd=site.project,
        env={**site.environment, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "loaded:", "")
