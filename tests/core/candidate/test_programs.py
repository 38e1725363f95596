"""Which programs a command starts, as far as its words say so."""

import pytest

from sentinel.core.candidate.script_faults import programs
from sentinel.core.policy.model import Command

COMMANDS: dict[str, tuple[Command, list[str]]] = {
    "a script": ("deploy/staging.sh", ["deploy/staging.sh"]),
    "with arguments": ('./deploy/x.sh "$SENTINEL_ARTIFACTS" >log 2>&1', ["deploy/x.sh"]),
    "a list": (("deploy/staging.sh", "--now"), ["deploy/staging.sh"]),
    "a program": ("helm upgrade shop chart", ["helm"]),
    "variables before it": ("A=b C='d e' deploy/x.sh", ["deploy/x.sh"]),
    "behind words of the shell": ("set -eu; cd deploy && exec ./x.sh", ["deploy/x.sh"]),
    "several": ("deploy/a.sh && deploy/b.sh | tee log", ["deploy/a.sh", "deploy/b.sh", "tee"]),
    "several lines": ("set -e\ndeploy/a.sh\nkubectl get pods", ["deploy/a.sh", "kubectl"]),
    "an interpreter": ("sh -eu deploy/x.sh", ["sh", "deploy/x.sh"]),
    "Python's modules": ("python3 -m deploy", ["python3"]),
    "a shell in a list": (("bash", "-c", "deploy/a.sh; true"), ["bash", "deploy/a.sh"]),
    "sourced": (". deploy/env.sh; deploy/x.sh", ["deploy/env.sh", "deploy/x.sh"]),
    "by its own path": ("/usr/bin/make deploy", ["/usr/bin/make"]),
    "a condition": ("if test -f x; then deploy/x.sh; fi", ["deploy/x.sh"]),
    "what a variable names": ('"$HOME/bin/deploy" && $TOOL x', []),
    "a folder that nobody knows": ('cd "$SENTINEL_ARTIFACTS" && ./install.sh', []),
    "quotes over lines": ("printf 'a\nb' && deploy/x.sh", []),
    "words of the shell alone": (": >mark; true", []),
    "a function": ("f() { deploy/x.sh; }; f", []),
    "a text inside": ("cat <<END\nwords here\nEND\n", []),
    "patterns": ('case "$1" in a) x;; b) y;; esac', []),
    "a test of bash": ("[[ -f x ]] && deploy/x.sh", ["deploy/x.sh"]),
}


@pytest.mark.parametrize(("command", "names"), COMMANDS.values(), ids=COMMANDS)
def test_a_command_names_its_programs(command: Command, names: list[str]) -> None:
    assert [program.name for program in programs(command)] == names
