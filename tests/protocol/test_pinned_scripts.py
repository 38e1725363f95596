"""What runs is what was pinned, whatever set-up does to it first."""

from dataclasses import replace

from tests.protocol import agent
from tests.protocol.installation import SENTINEL, Installation
from tests.protocol.small import SCRIPTS, Small

FORGED = "printf '#!/bin/sh\\necho forged $SENTINEL_TARGET >>{marks}\\n'"


async def test_scripts_that_set_up_rewrites_run_as_they_were_pinned(site: Installation, small: Small) -> None:
    forged = FORGED.format(marks=small.marks)
    rewrite = (
        f"for name in {' '.join(SCRIPTS)}; do rm deploy/$name.sh; {forged} >deploy/$name.sh; done; chmod 777 deploy/*"
    )
    small.change_policy({"build": {"setup": f"case $SENTINEL_TARGET in staging|production) {rewrite};; esac"}})
    small.script("production", 'test "$(cat "$(dirname "$0")/../CHANGELOG.md" | head -1)" = "# Changelog"')
    small.commit("Rewrite the scripts")
    assert site.trust().code == 0
    async with site.client("2026") as client:
        await agent.to_question(client)
        assert site.approve().code == 0
        await agent.until_state(client, "IDLE")
    assert not [mark for mark in small.marked() if mark.startswith("forged")]
    assert [mark.split()[0] for mark in small.marked()][:5] == ["tests", "build", "staging", "smoke", "production"]


async def test_a_folder_that_set_up_exchanges_for_a_link_starts_nothing(site: Installation, small: Small) -> None:
    evil = small.root.parent / "evil"
    evil.mkdir()
    exchange = f"rm -r deploy; ln -s {evil} deploy"
    small.change_policy({"build": {"setup": f"[ $SENTINEL_TARGET != staging ] || {{ {exchange}; }}"}})
    small.commit("Exchange the folder")
    assert site.trust().code == 0
    async with site.client("2026") as client:
        await agent.to_candidate(client)
        staged = await agent.call(client, "deploy", target="staging")
    assert "The pinned file deploy/staging.sh cannot be put into the checkout" in agent.text(staged)
    assert (small.marked(), list(evil.iterdir())) == (["tests ", "build 0.1.0"], [])


async def test_set_up_never_sees_the_environment_of_production(own: Installation, small: Small) -> None:
    site = replace(own, program=SENTINEL)  # with a supervisor whose environment is its own from its start
    secret = small.root.parent / "production.env"
    secret.write_text("PRODUCTION_TOKEN=hush-4711\n")
    seen = small.root.parent / "seen"
    small.change_policy(
        {
            "build": {"setup": f"env >>{seen}; cat /proc/$PPID/environ >>{seen}; echo $SENTINEL_TARGET >>{seen}"},
            "production.environment": {"env_file": str(secret)},
        }
    )
    small.script("production", f'echo "token $PRODUCTION_TOKEN" >{seen}.production')
    small.commit("Look around")
    assert site.trust().code == 0
    async with site.client("2026") as client:
        await agent.to_question(client)
        assert site.approve().code == 0
        await agent.until_state(client, "IDLE")
    assert "hush-4711" in (small.root.parent / "seen.production").read_text()
    assert "production" in seen.read_text(errors="replace").split()
    assert "hush-4711" not in seen.read_text(errors="replace")
