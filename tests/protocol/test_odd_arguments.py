"""Arguments of a terminal that is not UTF-8: words for people are taken, anything else is named."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.protocol import agent
from tests.protocol.installation import Done, Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small

LATIN = b"caf\xe9"
SHOWN = r"caf\xe9"
COMMANDS = [
    ["adopt", LATIN],
    ["sprint", "start", "One", "--project", LATIN],
    ["rollback", "--reason", "slow", b"--project=" + LATIN],
    ["audit", "import", LATIN],
    ["audit", "verify", b"--key=" + LATIN],
    ["token", "revoke", LATIN],
    ["install", LATIN],
]


def run(site: Installation, words: list[str | bytes], cwd: Path | None = None) -> Done:
    raw = [os.fsencode(word) for word in (*site.program, *words)]
    done = subprocess.run(raw, cwd=cwd or site.project, env=site.environment, capture_output=True, check=False)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.mark.parametrize(
    "words", COMMANDS, ids=lambda words: "-".join(words[:2]) if isinstance(words[1], str) else words[0]
)
def test_an_argument_that_names_something_is_said_not_to_be_utf8(site: Installation, words: list[str | bytes]) -> None:
    refused = run(site, words)
    assert (refused.code, refused.err.splitlines()[0]) == (2, f"sentinel: The argument {SHOWN} is not UTF-8.")


async def test_a_reason_and_a_name_are_taken_with_the_byte_shown(site: Installation, small: Small) -> None:
    small.git("tag", "v0.1.0")
    async with governed(site) as client:
        assert run(site, ["sprint", "start", LATIN]).code == 0
        assert (await agent.state(client))["sprint"] == SHOWN


def test_a_folder_whose_name_is_not_utf8_is_named(site: Installation, short_folder: Path) -> None:
    folder = os.fsencode(short_folder) + b"/" + LATIN
    Path(os.fsdecode(folder)).mkdir()
    refused = run(site, ["status"], cwd=Path(os.fsdecode(folder)))
    assert refused.code == 2
    assert refused.err.startswith("sentinel: The project's path ")
    assert f"{SHOWN} is not UTF-8." in refused.err
