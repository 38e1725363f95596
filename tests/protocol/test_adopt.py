"""`sentinel adopt`: what production runs already is kept, so that a bad first release goes back to these very files."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.adapters.http_services import answers, until
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.releasing import Live, governed, history, release

pytestmark = pytest.mark.timeout(300)
SECONDS = 60.0
ROLLBACK = """\
set -eu
previous="${SENTINEL_PREVIOUS_ARTIFACTS:?}/"
rm -rf "$WWW"/*
cp -R "$previous". "$WWW/"
"""


@pytest.fixture
def www(live: Live, short_folder: Path) -> Path:
    """Production's folder, filled by hand from v1.0.0, which is older than the policy; 1.1.0 is bad in production."""
    www = short_folder / "www"
    www.mkdir()
    small = live.small
    policy = (small.root / "sentinel.toml").read_text()
    scripts = {path.name: path.read_text() for path in (small.root / "deploy").iterdir()}
    small.git("rm", "-r", "--quiet", "sentinel.toml", "deploy")
    small.write("page.html", "one\n")
    small.write("build.sh", "#!/bin/sh\nmkdir -p out && cp page.html out/index.html\n", mode=0o755)
    small.commit("Version one")
    small.git("tag", "v1.0.0")
    (www / "out").mkdir()
    (www / "out" / "index.html").write_text("one\n")
    small.write("sentinel.toml", policy)
    for name, script in scripts.items():
        small.write(f"deploy/{name}", script, mode=0o755)
    small.write("page.html", "two\n")
    small.edit("CHANGELOG.md", {"- Everything.\n": "- Everything.\n- And more.\n"})
    small.change_policy({"build": {"command": "./build.sh", "artifacts": ["out/index.html"]}})
    copied = ROLLBACK.replace("$WWW", str(www))
    live.script("rollback", copied)
    deployed = f'rm -rf {www}/*; cp -R "$SENTINEL_ARTIFACTS/." {www}/'
    live.script("production", f'{deployed}\necho "${{SENTINEL_PREVIOUS_ARTIFACTS-unset}}" >{live.file("previous")}')
    live.running.write_text("1.0.0")
    live.faults["1.1.0"] = answers(503)
    small.commit("Let Sentinel release this")
    return www


def page(www: Path) -> str:
    return (www / "out" / "index.html").read_text()


def keeps(site: Installation) -> list[str]:
    """The files of the newest adoption in the history."""
    entries = [entry for entry in history(site) if entry["kind"] == "production.adopted"]
    return sorted(entries[-1]["data"]["artifacts"])


async def test_an_adopted_version_is_built_and_a_bad_first_release_goes_back_to_these_files(
    site: Installation, live: Live, www: Path
) -> None:
    site.pin()
    adopted = site.confirmed("adopt", "1.0.0")
    assert adopted.code == 0, (adopted.asked, adopted.err, adopted.out)
    assert "records that production runs v1.0.0 at " in adopted.asked
    assert "It is built now, and its files are kept for a rollback: ./build.sh" in adopted.asked
    said = "Recorded: production runs v1.0.0; 1 file is kept, and a rollback can go back to it."
    assert adopted.out.startswith(f"{said}\n")
    assert keeps(site) == ["out/index.html"]
    async with governed(site) as client:
        found = await release(client, site)
        assert (found["state"], found["production"]["version"]) == ("ACTIVE", "1.0.0"), found
    assert (page(www), live.version()) == ("one\n", "1.0.0")


async def test_what_does_not_build_is_not_adopted_and_the_other_ways_are_named(
    site: Installation, live: Live, www: Path
) -> None:
    live.small.change_policy({"build": {"command": "./later.sh"}})
    live.small.write("later.sh", "#!/bin/sh\nmkdir -p out && cp page.html out/index.html\n", mode=0o755)
    live.small.commit("Build by another script")
    site.pin()
    refused = site.confirmed("adopt", "v1.0.0")
    assert refused.code == 1
    assert refused.out.startswith("It was not recorded that production runs v1.0.0. The build command ended with ")
    assert "`sentinel adopt 1.0.0 --artifacts DIR`" in refused.out
    assert "`sentinel adopt 1.0.0 --without-artifacts`: then there is nothing to go back to." in refused.out
    assert site.status()["production"] is None

    without = site.confirmed("adopt", "v1.0.0", "--without-artifacts")
    assert without.code == 0
    said = "Recorded: production runs v1.0.0. No files of it are kept: the next release has nothing to roll back to."
    assert without.out.startswith(f"{said}\n")
    async with governed(site) as client:
        assert "emergency_rollback" not in await agent.names(client)
        found = await release(client, site)
        assert found["state"] == "HALTED", found
        assert "emergency_rollback" not in await agent.names(client)
    assert live.file("previous").read_text() == "unset\n"
    assert page(www) == "two\n"


async def test_files_of_a_folder_are_kept_instead_and_gone_back_to(
    site: Installation, live: Live, www: Path, short_folder: Path
) -> None:
    live.small.change_policy({"build": {"command": "./later.sh"}})
    live.small.write("later.sh", "#!/bin/sh\nmkdir -p out && cp page.html out/index.html\n", mode=0o755)
    live.small.commit("Build by another script")
    site.pin()
    (www / "out" / "extra.txt").write_text("by hand\n")
    (short_folder / "current").symlink_to(www)
    adopted = site.confirmed("adopt", "1.0.0", "--artifacts", str(short_folder / "current"))
    assert adopted.code == 0, (adopted.asked, adopted.err, adopted.out)
    assert f"Every file in {www} is kept for a rollback." in adopted.asked
    assert keeps(site) == ["out/extra.txt", "out/index.html"]
    async with governed(site) as client:
        assert (await release(client, site))["state"] == "ACTIVE"
    assert (page(www), (www / "out" / "extra.txt").read_text()) == ("one\n", "by hand\n")


@pytest.mark.parametrize("unfit", ["link", "linked folder", "pipe", "empty", "missing", "file"])
def test_a_folder_with_what_cannot_be_kept_is_refused(
    site: Installation, www: Path, short_folder: Path, unfit: str
) -> None:
    site.pin()
    secret, folder = short_folder / "secret", short_folder / "folder"
    secret.mkdir()
    (secret / "key").write_text("key")
    if unfit != "missing":
        folder.mkdir()
    match unfit:
        case "link":
            (folder / "key").symlink_to(secret / "key")
        case "linked folder":
            (folder / "inside").symlink_to(secret)
        case "pipe":
            os.mkfifo(folder / "pipe")
        case "file":
            folder = secret / "key"
    refused = site.confirmed("adopt", "1.0.0", "--artifacts", str(folder))
    assert refused.code == 1, refused
    reason = f"{refused.out}{refused.err}"
    assert any(said in reason for said in ("is a symbolic link", "regular file", "holds no file", "is no folder"))
    assert site.status()["production"] is None
    assert page(www) == "one\n"


async def test_an_adoption_is_cancelled_and_outlives_the_daemon(own: Installation, live: Live, www: Path) -> None:
    hold, going = live.file("hold"), live.file("going")
    wait = f"while test -e {hold}; do sleep 0.05; done"
    live.small.change_policy({"build": {"command": f"echo go >>{going}; {wait}; ./build.sh"}})
    live.small.commit("Build for long")
    assert own.run("daemon", "start").code == 0
    own.pin()
    hold.touch()
    adopting = asyncio.create_task(asyncio.to_thread(own.confirmed, "adopt", "1.0.0"))
    await until(going.exists, SECONDS)
    async with own.client("2026") as client:
        refused = await agent.call(client, "start_sprint", name="One")
        assert agent.sentence(refused) == "The operation adoption is running."
    cancelled = await asyncio.to_thread(own.confirmed, "cancel")
    assert cancelled.code == 0, cancelled
    assert "was ended by person:" in cancelled.out
    assert (await adopting).code == 1
    assert own.status()["production"] is None

    going.unlink()
    commit = own.operator.ask("adoption", version="1.0.0")["commit"]
    own.operator.ask("adopt", version="1.0.0", commit=commit)
    await until(going.exists, SECONDS)
    own.stop()
    assert own.run("daemon", "start").code == 0
    hold.unlink()
    await until(lambda: own.status()["production"] is not None, SECONDS)
    assert own.status()["production"]["version"] == "1.0.0"
    assert going.read_text() == "go\n"
    assert page(www) == "one\n"


async def test_a_candidate_was_counted_against_what_production_was_said_to_run(
    site: Installation, live: Live, www: Path
) -> None:
    async with governed(site) as client:
        await agent.to_candidate(client)
        refused = site.confirmed("adopt", "1.0.0")
        assert (refused.code, refused.asked) == (1, refused.err)
        assert refused.err == (
            "sentinel: Production cannot be recorded: the state is RELEASE_CANDIDATE.\n"
            "Abandon or finish the release first: its changes were counted against production as it was.\n"
        )
    assert page(www) == "one\n"
    assert live.version() == "1.0.0"
