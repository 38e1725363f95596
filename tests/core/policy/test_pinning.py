"""What `sentinel trust` pins: the files that commands name, and in which words a commit differs from them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.policy.document import POLICY_FILE
from sentinel.core.policy.pinning import Pin, PinnedFile, distrust, named_paths, pin_digest, pinned_files
from tests.core.projects import NOON, policy

FILES = frozenset({"deploy/x.sh", "deploy/y.sh", "deploy/prod env.yml", "x.sh", "run", "sentinel.toml"})
"""What a repository holds: of the words that are named, only these are pinned."""


def pinned_by(command: object) -> list[str]:
    """The files of the repository that production's deploy command pins, in their order."""
    named = named_paths(policy(staging={"deploy": "-", "smoke": "-"}, production={"deploy": command, "rollback": "-"}))
    return [path for path in named if path in FILES]


X, Y, ENV = "deploy/x.sh", "deploy/y.sh", "deploy/prod env.yml"
COMMANDS: dict[str, tuple[object, list[str]]] = {
    "a script with an argument": ('deploy/x.sh "$ARG"', [X]),
    "a list": (["deploy/x.sh", "--now", "deploy/y.sh"], [X, Y]),
    "a list's word with a blank": (["deploy/x.sh", ENV], [X, ENV]),
    "the folder itself": ("./deploy/x.sh", [X]),
    "the root": ("./x.sh", ["x.sh"]),
    "an interpreter": ("sh deploy/x.sh", [X]),
    "a sourced file": (". deploy/x.sh", [X]),
    "quotes": ("'deploy/x.sh' \"deploy/prod env.yml\"", [X, ENV]),
    "an escaped blank": ("deploy/prod\\ env.yml", [ENV]),
    "quotes that do not parse": ("deploy/x.sh it's", [X]),
    "quotes that do not parse around a script": ("sh -c \"deploy/x.sh 'now", [X]),
    "two commands": ("deploy/x.sh && deploy/y.sh", [X, Y]),
    "operators without blanks": ("deploy/x.sh;deploy/y.sh", [X, Y]),
    "a pipe": ("deploy/x.sh|deploy/y.sh", [X, Y]),
    "the background": ("deploy/x.sh& deploy/y.sh&", [X, Y]),
    "redirections": ("deploy/x.sh <deploy/y.sh>/dev/null 2>&1", [X, Y]),
    "a subshell": ("(deploy/x.sh)", [X]),
    "a substitution": ('echo "$(deploy/x.sh `deploy/y.sh`)"', [X, Y]),
    "a shell in a shell": ('sh -c \'set -e; deploy/x.sh "a b"; bash -c "deploy/y.sh c"\'', [X, Y]),
    "a shell in a list": (["bash", "-c", "deploy/x.sh now"], [X]),
    "several lines": ("set -e\ndeploy/x.sh\ndeploy/y.sh\n", [X, Y]),
    "a continued line": ("deploy/\\\nx.sh", [X]),
    "a comment": ("deploy/x.sh # it's quick", [X]),
    "the value of an option": ("run --file=deploy/x.sh", ["run", X]),
    "an assignment": ("CONFIG=deploy/x.sh run", [X, "run"]),
    "after cd": ("cd deploy && ./x.sh", [X, "x.sh"]),
    "after two cd": ("cd . && cd deploy; sh x.sh", [X, "x.sh"]),
    "a roundabout path": ("deploy/../deploy//./x.sh", [X]),
    "below a variable": ('"$PWD"/deploy/x.sh ${HOME}/deploy/y.sh', [X, Y]),
    "twice": ("deploy/x.sh; ./deploy/x.sh", [X]),
    "the policy": ("cat sentinel.toml", ["sentinel.toml"]),
    "outside": ("../deploy/x.sh /deploy/y.sh", []),
    "an option": ("-deploy/x.sh", []),
    "nothing of the repository": ("kubectl apply -f -", []),
}


@pytest.mark.parametrize(("command", "expected"), COMMANDS.values(), ids=COMMANDS)
def test_the_files_that_a_command_names_are_pinned(command: object, expected: list[str]) -> None:
    assert sorted(pinned_by(command)) == sorted(expected)


def test_the_commands_of_deploy_smoke_and_rollback_are_looked_at_and_no_others() -> None:
    named = named_paths(
        policy(
            build={"command": "build.sh", "setup": "setup.sh"},
            tests={"command": "tests.sh"},
            staging={"deploy": "staging.sh", "smoke": "smoke.sh"},
            production={"deploy": "production.sh", "rollback": "rollback.sh"},
        )
    )
    assert named == ("staging.sh", "smoke.sh", "production.sh", "rollback.sh")


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60).filter(str.strip))
def test_no_command_names_anything_outside_of_the_repository(command: str) -> None:
    for path in named_paths(policy(production={"deploy": command})):
        assert path
        assert not path.startswith(("/", "../"))
        assert ".." not in path.split("/")


def test_words_within_words_come_to_an_end() -> None:
    command = "deploy/x.sh"
    for _ in range(7):
        command = 'sh -c "' + command.replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert pinned_by(command) == [X]


CONTENTS = {"deploy/y.sh": b"y", "a.sh": b"a", POLICY_FILE: b"schema = 1", "deploy/x.sh": b"x"}


def pin(contents: dict[str, bytes]) -> Pin:
    files = pinned_files(contents)
    return Pin(commit="c" * 40, files=files, digest=pin_digest(files), policy=policy(), by="person:ada", at=NOON)


def test_files_are_kept_by_their_digest_the_policy_first() -> None:
    files = pinned_files(CONTENTS)
    assert [file.path for file in files] == [POLICY_FILE, "a.sh", "deploy/x.sh", "deploy/y.sh"]
    assert files[1] == PinnedFile(path="a.sh", sha256=hashlib.sha256(b"a").hexdigest())


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (dict(reversed(CONTENTS.items())), True),
        ({**CONTENTS, "a.sh": b"b"}, False),
        ({**CONTENTS, "b.sh": b""}, False),
        ({path: content for path, content in CONTENTS.items() if path != "a.sh"}, False),
        ({**CONTENTS, "deploy/x.sh": b"y", "deploy/y.sh": b"x"}, False),
    ],
)
def test_trust_is_bound_to_every_byte_of_every_pinned_file(other: dict[str, bytes], *, same: bool) -> None:
    assert (pin_digest(pinned_files(other)) == pin_digest(pinned_files(CONTENTS))) is same
    assert (distrust(pin(CONTENTS), pinned_files(other)) is None) is same


def test_without_a_pin_nothing_is_trusted() -> None:
    assert distrust(None, pinned_files(CONTENTS)) == "Nobody has trusted this repository's sentinel.toml yet."


def test_changed_new_and_missing_files_are_named() -> None:
    found = {POLICY_FILE: b"schema = 1", "a.sh": b"other", "deploy/x.sh": b"x", "new\x1b.sh": b"n"}
    assert distrust(pin(CONTENTS), pinned_files(found)) == (
        r"The policy is not the trusted one: a.sh was changed, new\x1b.sh is new, deploy/y.sh is gone."
    )


def test_a_renamed_file_is_a_new_one_and_a_missing_one() -> None:
    assert distrust(pin({"a.sh": b"a"}), pinned_files({"b.sh": b"a"})) == (
        "The policy is not the trusted one: b.sh is new, a.sh is gone."
    )
