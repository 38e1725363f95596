"""What is checked before a human is asked (protocol 3.1): the tag, the bytes, the branch, the remote."""

import asyncio
from pathlib import Path

import pytest
from mcp import Client

from tests.adapters.http_services import answers
from tests.protocol import agent
from tests.protocol.installation import Installation
from tests.protocol.meddling import (
    Meddling,
    add_an_artifact,
    break_staging,
    change_a_byte,
    drop_the_commit,
    exchange_a_script,
    kept_artifact,
    move_the_tag,
    prepare_for,
    remove_the_remote,
    remove_the_tag,
    tag_the_remote,
)
from tests.protocol.releasing import confirm, governed
from tests.protocol.small import Small
from tests.protocol.working_copy import WorkingCopy


@pytest.mark.requirement("P3.1-tag", "P3.1-built-from-tag", "P3.1-hash", "P3.2-request")
async def test_the_bytes_built_from_the_signed_tag_go_to_staging_and_to_production(
    site: Installation, small: Small, short_folder: Path
) -> None:
    """The remote has the tag before production does, and plain git verifies it with the key that `status` names."""
    remote = small.add_remote()
    small.change_policy(
        {"project": {"remote": "origin"}, "build": {"command": "mkdir out; git tag --points-at >out/app"}}
    )
    show = f"sha256sum <$SENTINEL_ARTIFACTS/out/app >>{small.marks}"
    small.script("staging", show)
    small.script("production", f"{show}; git ls-remote --tags --refs {remote} | cut -f 2 >>{small.marks}")
    small.commit("Look at what is deployed")
    small.git("push", "--quiet", "origin", "main")
    site.pin()
    async with site.client("2026") as client:
        (artifact,) = agent.structured(await agent.to_question(client))["release"]["artifacts"]
        assert kept_artifact(site).read_text() == "v0.1.0\n"
        assert small.git("ls-remote", "--tags", "origin") == ""
        confirm(site)
        found = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
    assert found["state"] == "IDLE", found
    soaked = f"{artifact['sha256']}  -"
    assert small.marked() == [
        "tests ",
        *("staging 0.1.0", soaked, "smoke 0.1.0"),
        *("production 0.1.0", soaked, "refs/tags/v0.1.0"),
    ]

    said = site.run("status").out
    key = Path(said.partition("tag key     ")[2].partition("\n")[0])
    signers = short_folder / "signers"
    signers.write_text(f"anyone {key.read_text()}")
    small.git("clone", "--quiet", str(remote), str(short_folder / "clone"))
    clone = WorkingCopy(short_folder / "clone")
    clone.git("-c", f"gpg.ssh.allowedSignersFile={signers}", "verify-tag", "v0.1.0")
    assert clone.git("rev-parse", "v0.1.0^{commit}") == small.git("rev-parse", "HEAD")


TAMPERING: list[tuple[Meddling, str]] = [
    (change_a_byte, "The artifact out/app is not what was built: its SHA-256 is "),
    (add_an_artifact, "The artifact out/more is not what was built: it was put there by somebody else."),
    (move_the_tag, "The tag v0.1.0 is not the one that the release was built from."),
    (remove_the_tag, "The release's tag v0.1.0 is gone from the mirror."),
]


@pytest.mark.requirement("P3.1-hash", "P3.1-tag")
@pytest.mark.parametrize(("tamper", "said"), TAMPERING)
async def test_tampering_is_named_keeps_the_soak_and_blocks_the_next_release(
    site: Installation, small: Small, tamper: Meddling, said: str
) -> None:
    site.pin()
    async with site.client("2026") as client:
        await agent.to_soaked(client)
        tamper(site, small)
        await refused(client, said)
        (found,) = site.operator.ask("findings", open_only=True)
        assert found["finding"]["severity"] == "high"
        assert found["finding"]["message"].startswith(said)
        await agent.good(client, "abandon_release", reason="Tampered with")
        again = await agent.call(client, "prepare_release", type="minor")
        assert agent.sentence(again) == "Release Blocked. You have 1 Unresolved High Severity Audit Log."
    assert "production" not in " ".join(small.marked())


async def refused(client: Client, why: str) -> None:
    """Production is asked for and not given; the soak is kept."""
    before = await agent.state(client)
    asked = await agent.call(client, "deploy", target="production", version="v0.1.0")
    assert asked.is_error
    assert agent.sentence(asked).startswith(f"Production stays LOCKED. {why}"), agent.text(asked)
    after = await agent.state(client)
    assert after["state"] == "SOAKING"
    assert after["release"] == before["release"]
    assert after["message"].startswith(f"SOAKING: the soak is over. Production stays LOCKED. {why}")
    assert "unlocked" not in after["message"]
    assert not after["next"][0].startswith("Call `deploy(")  # which would be refused again


async def test_why_production_was_refused_stays_in_the_status_until_something_newer_happens(
    site: Installation, small: Small
) -> None:
    """Also of a call that nobody waited for, as where its budget ran out first."""
    small.change_policy({"staging": {"health_timeout": "1s"}})
    small.commit("Give up soon")
    async with governed(site) as client:
        await agent.to_soaked(client)
        small.staging.behaviour = answers(503)
        async with site.client("2025") as leaving:
            call = asyncio.create_task(agent.call(leaving, "deploy", target="production", version="v0.1.0"))
            while (await agent.state(client))["operation"] is None:
                assert not call.done()
            call.cancel()
        why = "Production stays LOCKED. Staging is not healthy: "
        for _ in range(2):
            found = await agent.until_state(client, "SOAKING")
            assert why in found["message"]
            assert why in site.run("status").out
        small.staging.behaviour = answers(200)
        await agent.good(client, "deploy", target="production", version="v0.1.0")
        assert why not in (await agent.state(client))["message"]


@pytest.mark.parametrize(
    ("happen", "said"),
    [
        (drop_the_commit, "Commit {commit} is no longer on the branch main."),
        (tag_the_remote, "The remote already has the tag v0.1.0."),
        (exchange_a_script, "The policy is not the trusted one: deploy/production.sh was changed."),
        (break_staging, "Staging is not healthy: {staging}/healthz answered 503"),
        (remove_the_remote, "The remote origin did not answer"),
    ],
)
async def test_what_has_changed_since_staging_blocks_production_and_keeps_the_soak(
    site: Installation, small: Small, happen: Meddling, said: str
) -> None:
    prepare_for(small)
    commit = small.git("rev-parse", "HEAD")
    site.pin()
    async with site.client("2026") as client:
        await agent.to_soaked(client)
        happen(site, small)
        await refused(client, said.format(commit=commit[:12], staging=small.staging.url))
    assert site.operator.ask("findings", open_only=False) == []


@pytest.mark.requirement("P3.1-hash")
async def test_an_artifact_that_names_another_commit_fails_the_build(site: Installation, small: Small) -> None:
    older = small.git("rev-parse", "HEAD")
    small.change_policy(
        {
            "build": {
                "command": f"""mkdir out; echo '{{"name":"app","gitHead":"{older}"}}' >out/package.json""",
                "artifacts": ["out/*"],
            }
        }
    )
    small.commit("Claim another commit")
    site.pin()
    async with site.client("2026") as client:
        prepared = await agent.prepare(client)
        assert agent.sentence(prepared) == "Release Blocked. You have a Failing Build."
        (gate,) = agent.structured(prepared)["blocked_by"]
        commit = small.git("rev-parse", "HEAD")[:12]
        said = f"The artifact out/package.json names commit {older[:12]} as its source ("
        assert gate["message"].startswith(said)
        assert f"but the tag is commit {commit}." in gate["message"]


@pytest.mark.requirement("P3.1-version", "P3.2-request")
async def test_production_is_asked_for_by_the_version_of_the_candidate(site: Installation) -> None:
    site.pin()
    async with site.client("2026") as client:
        await agent.to_soaked(client)
        missing = await agent.call(client, "deploy", target="production")
        assert agent.sentence(missing) == "`version` is required for a production deployment."
        wrong = await agent.call(client, "deploy", target="production", version="v0.2.0")
        assert agent.sentence(wrong) == "v0.2.0 is not the release candidate, which is v0.1.0."
        assert (await agent.state(client))["state"] == "SOAKING"
        right = await agent.good(client, "deploy", target="production", version="0.1.0")
        assert agent.structured(right)["state"] == "AWAITING_APPROVAL"
