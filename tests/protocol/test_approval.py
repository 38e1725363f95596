"""The break-glass approval (protocol 3.2): the exact block, the exact phrase, on a real terminal, once."""

import asyncio
import getpass

import pytest

from sentinel.front.operator.client import ReportedError
from tests.protocol import agent
from tests.protocol.installation import Done, Installation
from tests.protocol.meddling import (
    Meddling,
    break_staging,
    change_a_byte,
    drop_the_commit,
    prepare_for,
    tag_the_remote,
    trust_another_policy,
)
from tests.protocol.releasing import governed, history
from tests.protocol.small import Small

BLOCK = """\
[SENTINEL DEFCON 1]
target: PRODUCTION
version: v1.2.0
changes: 5 files, +120/-40
CONFIRM DEPLOYMENT? (Type 'DEPLOY-NOW' to confirm): """
REFUSED = "sentinel: Not confirmed: only the exact phrase DEPLOY-NOW approves.\n"
UNPROVEN = "The policy has no `production.version_path`: nothing proves which release answers in production."
ASKED_AGAIN = "Not confirmed: only the exact phrase DEPLOY-NOW confirms, 'reject' refuses."


def five_files(small: Small) -> str:
    """Version 1.1.0 is tagged, and the commit after it changes what the protocol's own example shows."""
    small.write("old.txt", "old\n" * 40)
    small.commit("Version 1.1.0")
    small.git("tag", "v1.1.0")
    small.write("old.txt", "")
    small.edit("CHANGELOG.md", {"- Everything.\n": "- Everything.\n- And more.\n"})
    for name, lines in (("a", 100), ("b", 10), ("c", 9)):
        small.write(name, "new\n" * lines)
    return small.commit("Change five files")


@pytest.mark.requirement("P3.2-block", "P3.2-pause", "P3.2-exact-phrase", "P3.2-request")
@pytest.mark.both_eras
async def test_the_block_of_the_protocol_is_shown_and_the_exact_phrase_deploys(
    site: Installation, small: Small, era: str
) -> None:
    commit = five_files(small)
    async with governed(site, era=era) as client:
        site.operator.ask("adopt", version="1.1.0", without=True)
        asked = await agent.to_question(client, "v1.2.0")
        assert agent.sentence(asked) == "v1.2.0 waits for a human's approval: a person runs `sentinel approve`."
        assert agent.structured(asked)["approval"]["text"] == BLOCK.rstrip()
        assert "production 1.2.0" not in small.marked()
        approved = site.approve()
        assert approved.out.startswith(f"Small ({small.id}) at commit {commit}\n"), approved.out
        assert f"\n\n{BLOCK}DEPLOY-NOW\nApproved by person:" in approved.out
        above = approved.out.partition(BLOCK)[0]
        for shown in ("Notes\n  ## Added\n  - And more.\n", f"- {UNPROVEN}\n", "Change five files\n", "+100/-0"):
            assert shown in above
        for fact in (small.production.url, small.staging.url, "v1.1.0 (commit ", "deploy/production.sh: unchanged"):
            assert fact in above
        assert approved.code == 0
        found = await agent.until_state(client, "IDLE", "ACTIVE", "HALTED")
        assert found["state"] == "IDLE", found
        assert small.marked().count("production 1.2.0") == 1
        claimed = [entry for entry in history(site) if entry["kind"] == "approval.claimed"]
        assert [(entry["data"]["channel"], entry["data"]["proven"]) for entry in claimed] == [("terminal", False)]


CTRL_D = "\x04"
NOT_UTF_8 = "DEPLOY-NOW\udcff"
LOOK_ALIKE = "DEPL\u041eY-NOW"
"""With a Cyrillic O."""


@pytest.mark.requirement("P3.2-exact-phrase")
async def test_anything_else_three_times_refuses_spends_the_approval_and_keeps_the_soak(
    site: Installation, small: Small
) -> None:
    async with governed(site) as client:
        await agent.to_soaked(client)
        soaked = (await agent.state(client))["release"]["soak_until"]
        variants = ("deploy-now", "DEPLOY-NOW ", " DEPLOY-NOW", "", CTRL_D, NOT_UTF_8, LOOK_ALIKE, "DEPLOY-NOW" * 1000)
        for typed in variants:
            await agent.good(client, "deploy", target="production", version="v0.1.0")
            refused = site.approve(typed)
            assert refused.code == 1, refused.out
            assert refused.out.endswith(f"{REFUSED}Nothing was deployed. Make the request again.\n"), typed
            assert refused.out.count(ASKED_AGAIN) == 2
            found = await agent.state(client)
            assert (found["state"], found["approval"]) == ("SOAKING", None)
            assert found["release"]["soak_until"] == soaked
    assert "production 0.1.0" not in small.marked()
    assert site.operator.ask("findings", open_only=False) == []


async def test_without_a_terminal_nothing_is_approved_and_the_question_stays_open(site: Installation) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        refused = site.run("approve")
        assert (refused.code, refused.out) == (1, "")
        assert refused.err == (
            "sentinel: `sentinel approve` requires a real terminal, where a person confirms it.\n"
            "Nothing was changed. Ask a person to run it in a terminal.\n"
        )
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"


async def test_after_a_wrong_phrase_the_right_one_approves(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        approved = site.approve(("yes", "deploy now", "DEPLOY-NOW"))
        assert approved.code == 0, approved.out
        assert "'reject' refuses. 2 tries are left.\nCONFIRM DEPLOYMENT? " in approved.out
        assert "One try is left.\nCONFIRM DEPLOYMENT? " in approved.out
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    assert small.marked().count("production 0.1.0") == 1


@pytest.mark.parametrize(
    ("typed", "why"), [("reject", ""), ("reject the colour is wrong", ": the colour is wrong"), ("Reject: no", ": no")]
)
async def test_the_word_reject_is_a_no_whose_reason_the_agent_is_told(site: Installation, typed: str, why: str) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        rejected = site.approve(("yes", typed))
        assert rejected.code == 0, rejected.out
        found = await agent.state(client)
        assert (found["state"], found["approval"]) == ("SOAKING", None)
        said = f"The deployment was rejected by person:{getpass.getuser()}{why}."
        assert found["message"].endswith(said)
        assert said in rejected.out


async def test_what_was_typed_before_the_question_is_no_answer_to_it(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        refused = site.approve("no", ahead="DEPLOY-NOW\n")
        assert refused.code == 1, refused.out
        assert (await agent.state(client))["state"] == "SOAKING"
    assert "production 0.1.0" not in small.marked()


def test_with_nothing_to_approve_a_person_is_told_so(site: Installation) -> None:
    nothing = site.approve()
    assert (nothing.code, nothing.out) == (
        1,
        "sentinel: Nothing waits for an approval.\n`sentinel status` shows the state and the next step.\n",
    )


async def test_a_question_expires_also_for_whoever_has_read_it(site: Installation, small: Small) -> None:
    small.change_policy({"production.approval": {"expires": "5s"}})
    small.commit("Decide quickly")
    async with governed(site) as client:
        await agent.to_question(client)
        read = site.operator.ask("question")
        assert 0 <= read["expires_in_seconds"] <= 5
        assert (await agent.until_state(client, "SOAKING"))["approval"] is None
        plan = {name: read[name] for name in ("approval_id", "plan_digest")}
        with pytest.raises(ReportedError, match="was never asked for, or is no longer open"):
            site.operator.ask("approve", **plan, phrase="DEPLOY-NOW", channel="terminal")
        spent = [entry["summary"] for entry in history(site) if entry["data"].get("on") == "approval spent"]
        assert spent == ["The approval has expired; the soak is kept."]
        asked = await agent.good(client, "deploy", target="production", version="v0.1.0")
        assert agent.structured(asked)["state"] == "AWAITING_APPROVAL"
    assert "production 0.1.0" not in small.marked()


async def test_a_person_rejects(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        rejected = site.confirmed("reject", "--reason", "Not on a Friday.")
        assert rejected.code == 0
        assert "[SENTINEL DEFCON 1]\ntarget: PRODUCTION\nversion: v0.1.0\n" in rejected.asked
        said = f"The deployment was rejected by person:{getpass.getuser()}: Not on a Friday."
        assert rejected.out.startswith(f"{said}\n")
        assert said in (await agent.state(client))["message"]
        assert (await agent.state(client))["state"] == "SOAKING"
    again = site.confirmed("reject", "--json")
    assert (again.code, again.json["rule"]) == (1, "NothingToReject")
    assert "production 0.1.0" not in small.marked()
    assert site.operator.ask("findings", open_only=False) == []


@pytest.mark.requirement("P3.2-exact-phrase")
async def test_of_two_people_who_confirm_at_once_one_does(site: Installation, small: Small) -> None:
    async with governed(site) as client:
        await agent.to_question(client)
        both = asyncio.Barrier(2)
        loop = asyncio.get_running_loop()

        def person() -> Done:
            return site.approve(meanwhile=lambda: asyncio.run_coroutine_threadsafe(both.wait(), loop).result(60))

        answers = await asyncio.gather(asyncio.to_thread(person), asyncio.to_thread(person))
        assert sorted(answer.code for answer in answers) == [0, 1]
        (loser,) = [answer.out for answer in answers if answer.code]
        assert "sentinel: That approval " in loser
        assert (await agent.until_state(client, "IDLE", "ACTIVE", "HALTED"))["state"] == "IDLE"
    assert small.marked().count("production 0.1.0") == 1


@pytest.mark.parametrize(
    ("happen", "said"),
    [
        (trust_another_policy, "This candidate was prepared with an older policy; abandon it and prepare again."),
        (drop_the_commit, "is no longer on the branch main."),
        (tag_the_remote, "The remote already has the tag v0.1.0"),
        (break_staging, "/healthz answered 503"),
        (change_a_byte, "The artifact out/app is not what was built: its SHA-256 is "),
    ],
)
async def test_what_has_changed_since_the_question_refuses_a_yes_and_spends_it(
    site: Installation, small: Small, happen: Meddling, said: str
) -> None:
    prepare_for(small)
    async with governed(site) as client:
        await agent.to_question(client)
        read = site.operator.ask("question")
        happen(site, small)
        theirs = small.git("ls-remote", "--tags", "origin")
        shown = {name: read[name] for name in ("approval_id", "plan_digest")}
        site.operator.ask("approve", **shown, phrase="DEPLOY-NOW", channel="terminal")
        found = await agent.until_state(client, "SOAKING", "IDLE", "HALTED")
        assert (found["state"], found["approval"]) == ("SOAKING", None)
        assert small.git("ls-remote", "--tags", "origin") == theirs
        (ended,) = [entry for entry in history(site) if entry["data"].get("on") == "approval spent"]
        assert ended["summary"].startswith("Production was not touched, and the approval is spent. ")
        assert said in ended["summary"]
        followed = await agent.call(client, "release_status")
        assert said in agent.text(followed)
    assert "production 0.1.0" not in small.marked()
