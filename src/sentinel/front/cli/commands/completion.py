"""`sentinel completion SHELL`: a script that completes commands and options in a shell."""

from argparse import Namespace

from sentinel.front.cli.parser import argument, command
from sentinel.front.cli.printing import say

SHELLS = ("bash", "zsh", "fish")


def run(options: Namespace) -> int:
    from sentinel.front.cli.completion import script

    say(script(options.shell))
    return 0


COMMAND = command(
    "Set up",
    "print a script that completes commands and options in your shell",
    run,
    argument("shell", choices=SHELLS, help="such as `source <(sentinel completion bash)` in ~/.bashrc"),
    project=False,
)
