"""Artifacts that name commits: their own, another one of the repository, and those of what they bundle."""

import shlex
import sys

import pytest

from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import governed
from tests.protocol.small import Small

BUILD = """
import sys, zipfile
with zipfile.ZipFile(f"out/{sys.argv[1]}", "w") as archive:
    archive.writestr(sys.argv[2], sys.argv[3])
"""
FOREIGN = "0123456789abcdef0123456789abcdef01234567"
BUNDLED = [
    ("lambda.zip", "frames/_version.py", '"full-revisionid": "COMMIT"'),
    ("lambda.zip", "helper-0.3.dist-info/direct_url.json", '{"vcs_info": {"commit_id": "COMMIT"}}'),
    ("app.jar", "git.properties", "git.commit.id=COMMIT\n"),
]


def build(small: Small, archive: str, member: str, text: str, **keys: object) -> None:
    (small.root / "pack.py").write_text(BUILD)
    words = shlex.join([sys.executable, "pack.py", archive, member])
    small.change_policy({"build": {"command": f"mkdir out && {words} {text}", "artifacts": ["out/*"], **keys}})
    small.commit("Pack")


@pytest.mark.parametrize(("archive", "member", "text"), BUNDLED)
async def test_a_commit_of_something_bundled_says_nothing(
    site: Installation, small: Small, archive: str, member: str, text: str
) -> None:
    build(small, archive, member, shlex.quote(text.replace("COMMIT", FOREIGN)))
    async with governed(site) as client:
        await agent.to_candidate(client)
        (artifact,) = (await agent.state(client))["release"]["artifacts"]
    assert artifact["revision"] is None


OTHERS = {"the commit before": "$(git rev-parse HEAD^)", "a commit of another branch": "OTHER"}


@pytest.mark.parametrize("commit", OTHERS.values(), ids=OTHERS)
async def test_another_commit_of_the_repository_blocks_with_the_file_that_names_it_unless_it_is_switched_off(
    site: Installation, small: Small, commit: str
) -> None:
    small.git("switch", "--quiet", "--create", "other")
    small.write("elsewhere", "something\n")
    other = small.commit("Elsewhere")
    small.git("switch", "--quiet", "main")
    named = f'"git.commit.id={commit.replace("OTHER", other)}"'
    build(small, "app.jar", "BOOT-INF/classes/git.properties", named)
    async with governed(site) as client:
        refused = await agent.prepare(client)
        assert agent.sentence(refused) == "Release Blocked. You have a Failing Build."
        assert "(BOOT-INF/classes/git.properties names it), but the tag is commit " in agent.text(refused)
        build(small, "app.jar", "BOOT-INF/classes/git.properties", named, revision="off")
        site.pin()
        asked = await agent.to_question(client)
    assert agent.structured(asked)["state"] == "AWAITING_APPROVAL"
    said = 'Sentinel does not check which commit the artifacts name (`[build] revision = "off"`).'
    assert said in site.approve("no").out


async def test_an_artifact_that_names_its_own_commit_has_it(site: Installation, small: Small) -> None:
    build(small, "app.jar", "META-INF/MANIFEST.MF", '"Git-Commit: $(git rev-parse HEAD)"')
    async with governed(site) as client:
        await agent.to_candidate(client)
        release = (await agent.state(client))["release"]
    assert release["artifacts"][0]["revision"] == release["commit"]
