"""Scripts that cannot do their work: what is wrong with each, and what is to be done."""

from importlib import resources

import pytest

from sentinel.core.candidate.script_faults import ScriptFile, marked_lines, script_faults, script_paths
from sentinel.core.policy.model import Policy
from sentinel.setup.init.toml import starter
from tests.core.projects import policy

GOOD = ScriptFile(b"#!/bin/sh\nset -eu\n", executable=True)
NAMES = ("deploy/staging.sh", "deploy/smoke.sh", "deploy/production.sh", "deploy/rollback.sh")


def with_rollback(command: object, *, setup: str | None = None) -> Policy:
    document = policy().model_dump(mode="json")
    document["production"]["rollback"] = command
    document["build"]["setup"] = setup
    return Policy.model_validate(document)


def faults(rollback: ScriptFile | None, *, of: Policy | None = None, missing: str = "") -> list[tuple[str, str]]:
    files = dict.fromkeys(NAMES[:3], GOOD) | ({NAMES[3]: rollback} if rollback else {})
    found = script_faults(of or with_rollback(NAMES[3]), files, lambda program, _: program != missing)
    assert {fault.gate for fault in found} <= {"scripts"}
    return [(fault.message, fault.fix) for fault in found]


def script(content: bytes) -> ScriptFile:
    return ScriptFile(content, executable=True)


FAULTS: dict[str, tuple[ScriptFile | None, str]] = {
    "no x bit": (ScriptFile(b"#!/bin/sh\n", executable=False), "cannot be executed: its x bit is not set."),
    "absent": (None, "is not in the repository."),
    "an interpreter that is not there": (
        script(b"#!/opt/missing -e\n"),
        "names the interpreter /opt/missing, which does not exist.",
    ),
    "one that env does not find": (
        script(b"#!/usr/bin/env -S A=b /opt/missing run\n"),
        "names the interpreter /opt/missing, which does not exist.",
    ),
    "no interpreter": (script(b"#!\nx\n"), "names the interpreter #!, which does not exist."),
    "line ends of Windows": (
        script(b"#!/bin/sh\r\nset -eu\r\n"),
        "has Windows line ends, so its interpreter is not found.",
    ),
    "a byte order mark": (script(b"\xef\xbb\xbf#!/bin/sh\n"), "begins with a byte order mark, before its `#!`."),
}


@pytest.mark.parametrize(("file", "said"), FAULTS.values(), ids=FAULTS)
def test_a_script_that_cannot_run_is_named(file: ScriptFile | None, said: str) -> None:
    ((message, fix),) = faults(file, missing="/opt/missing")
    assert message == f"deploy/rollback.sh {said}"
    assert fix


@pytest.mark.parametrize("name", ["staging.sh", "smoke.sh", "production.sh", "rollback.sh"])
def test_every_starter_is_known_until_it_is_filled_in(name: str) -> None:
    text = starter(name)
    ((message, fix),) = faults(script(text.encode()))
    assert message == "deploy/rollback.sh is still the starter that `sentinel init` wrote, which always fails."
    assert fix.startswith("Replace its last two lines")
    lines = text.splitlines()
    assert len(faults(script("\n".join(("#!/bin/sh", "deploy", *lines[-2:])).encode()))) == 1
    filled = "\n".join((*lines[:-2], f"# {lines[-2]}", "rsync -a x y")).encode()
    assert faults(script(filled)) == []


def test_what_is_interpreted_needs_no_x_bit_and_no_first_line() -> None:
    file = ScriptFile(b"set -eu\n", executable=False)
    assert faults(file, of=with_rollback("sh -eu deploy/rollback.sh now")) == []
    ((message, _),) = faults(None, of=with_rollback("sh -eu deploy/rollback.sh now"))
    assert message == "deploy/rollback.sh is not in the repository."


def test_a_list_executes_the_file_itself_which_needs_a_first_line_or_is_a_program() -> None:
    own = with_rollback([NAMES[3]])
    ((message, _),) = faults(script(b"set -eu\n"), of=own)
    assert message == "deploy/rollback.sh has no first line that names its interpreter, such as `#!/bin/sh`."
    assert faults(script(b"set -eu\n")) == []
    assert faults(script(b"\x7fELF\x02"), of=own) == []


def test_what_set_up_makes_may_be_absent() -> None:
    assert faults(None, of=with_rollback("node_modules/.bin/deploy", setup="npm ci")) == []


def test_a_program_that_is_not_there_is_named_once() -> None:
    ((message, fix),) = faults(GOOD, of=with_rollback("helm rollback shop || helm status shop"), missing="helm")
    assert message == "The program helm is in no folder of the commands' PATH."
    assert "`path`" in fix


def test_the_files_of_the_repository_are_those_to_look_at() -> None:
    assert script_paths(policy()) == NAMES
    assert script_paths(with_rollback("make rollback && ../elsewhere/x.sh")) == NAMES[:3]


def test_what_init_marks_is_found_until_the_mark_goes() -> None:
    template = (resources.files("sentinel.setup.init") / "starters" / "sentinel.toml.template").read_text()
    written = template.replace(" ## ", " # ").encode()
    assert len(marked_lines(written)) == written.count(b"# CHANGE THIS") >= 2
    assert marked_lines(written.replace(b"CHANGE THIS", b"set")) == ()
