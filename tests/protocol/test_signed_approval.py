"""Signed approvals: a policy that names approvers is answered with their keys, and with nothing else."""

import asyncio
import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sentinel.front.operator.client import ReportedError
from tests.protocol import agent
from tests.protocol.approvers import Person, answer, name_approvers, ssh_verifies
from tests.protocol.installation import Installation
from tests.protocol.releasing import ENDS, governed, history
from tests.protocol.small import Small

NEEDED = "requires signed approvals"


@pytest.fixture
def ada(short_folder: Path) -> Person:
    return Person.create(short_folder, "ada")


@pytest.fixture
def bob(short_folder: Path) -> Person:
    return Person.create(short_folder, "bob")


def document(site: Installation) -> str:
    return str(site.operator.ask("question")["document"])


async def test_the_phrase_and_a_signature_deploy_and_the_history_holds_what_verifies_it(
    site: Installation, small: Small, ada: Person
) -> None:
    file = name_approvers(site, small, ada.line())
    async with governed(site) as client:
        await agent.to_question(client)
        asked = site.operator.ask("question")
        approved = ada.approve(site)
        assert approved.code == 0, approved.out
        assert "0 of 1 approvals\n" in approved.out
        assert "Approved by ada.\n" in approved.out
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"
    assert small.marked().count("production 0.1.0") == 1
    (signed,) = [entry["data"] for entry in history(site) if entry["kind"] == "approval.signed"]
    (claimed,) = [entry["data"] for entry in history(site) if entry["kind"] == "approval.claimed"]
    assert (claimed["proof"], claimed["signers"], claimed["proven"]) == ("signature", ["ada"], False)
    assert (signed["principal"], signed["public_key"]) == ("ada", ada.public)
    assert signed["digest"] == claimed["plan"] == asked["plan_digest"]
    assert signed["plan"] == asked["document"]
    ssh_verifies(file, "ada", signed["plan"], signed["signature"])


async def test_two_people_sign_and_the_second_claims_it_once(
    site: Installation, small: Small, ada: Person, bob: Person
) -> None:
    name_approvers(site, small, ada.line(), bob.line(), required=2)
    async with governed(site) as client:
        await agent.to_question(client)
        first = ada.approve(site)
        assert (first.code, first.out.splitlines()[-1]) == (0, "Signed by ada: 1 of 2 approvals.")
        waiting = await agent.state(client)
        assert (waiting["state"], waiting["approval"]["required"], waiting["approval"]["signed"]) == (
            "AWAITING_APPROVAL",
            2,
            ["ada"],
        )
        assert "(1 of 2 approvals)" in site.run("status").out
        again = ada.approve(site)
        assert (again.code, "sentinel: ada has signed this approval already." in again.out) == (1, True)
        assert "production 0.1.0" not in small.marked()
        second = bob.approve(site)
        assert "1 of 2 approvals, signed by ada\n" in second.out
        assert "Approved by ada, bob.\n" in second.out
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"
    assert small.marked().count("production 0.1.0") == 1
    kinds = [entry["kind"] for entry in history(site) if entry["kind"].startswith("approval.")]
    assert kinds == ["approval.signed", "approval.signed", "approval.claimed"]


async def test_of_two_last_signatures_at_once_one_claims(
    site: Installation, small: Small, ada: Person, bob: Person
) -> None:
    name_approvers(site, small, ada.line(), bob.line())
    async with governed(site) as client:
        await agent.to_question(client)
        question = site.operator.ask("question")
        named = {name: question[name] for name in ("approval_id", "plan_digest")}

        def sign(person: Person) -> bool:
            signature = person.sign(question["document"])
            try:
                site.operator.ask("approve", **named, phrase="DEPLOY-NOW", channel="terminal", signature=signature)
            except ReportedError:
                return False
            return True

        given = await asyncio.gather(*(asyncio.to_thread(sign, person) for person in (ada, bob)))
        assert sorted(given) == [False, True]
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"
    assert small.marked().count("production 0.1.0") == 1


async def test_whatever_is_no_signature_of_this_plan_is_refused_and_the_question_stays_open(
    site: Installation, small: Small, ada: Person, bob: Person, short_folder: Path
) -> None:
    mallory = Person.create(short_folder, "mallory")
    name_approvers(site, small, ada.line(), bob.line('valid-before="20200101"'))
    async with governed(site) as client:
        await agent.to_question(client)
        plan = document(site)
        refusals = {
            NEEDED: None,
            "cannot be read": "DEPLOY-NOW",
            "may not approve: No principal matched": mallory.sign(plan),
            "may not approve: line 2: key has expired": bob.sign(plan),
            "it was made for git": ada.sign(plan, namespace="git"),
            "does not match this plan": ada.sign(plan.replace("0.1.0", "0.2.0")),
        }
        for said, signature in refusals.items():
            with pytest.raises(ReportedError, match=said):
                answer(site.operator, signature)
            assert (await agent.state(client))["approval"] is not None
        refused = mallory.approve(site)
        assert (refused.code, "DEFCON" in refused.out) == (2, False)
        assert "the daemon's approvers' file does not name" in refused.out
        old = ada.sign(plan)
        with pytest.raises(ReportedError, match="only the exact phrase DEPLOY-NOW approves"):
            answer(site.operator, old, phrase="deploy-now")
        assert (await agent.state(client))["state"] == "SOAKING"
        await agent.good(client, "deploy", target="production", version="v0.1.0")
        with pytest.raises(ReportedError, match="does not match this plan"):
            answer(site.operator, old)
        assert (await agent.state(client))["approval"]["signed"] == []
    assert "production 0.1.0" not in small.marked()
    assert "approval.signed" not in [entry["kind"] for entry in history(site)]


async def test_a_form_in_the_client_approves_nothing_where_approvers_must_sign(
    site: Installation, small: Small, ada: Person
) -> None:
    small.change_policy({"production.approval": {"channels": ["terminal", "elicitation"]}})
    name_approvers(site, small, ada.line())
    async with governed(site) as client:
        await agent.to_question(client)
        question = site.operator.ask("question")
        assert question["channels"] == ["terminal"]
        named = {name: question[name] for name in ("approval_id", "plan_digest")}
        for phrase in ("DEPLOY-NOW", "no"):
            with pytest.raises(ReportedError, match=NEEDED):
                site.operator.ask("approve", **named, phrase=phrase, channel="elicitation", signature=None)
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"


async def test_a_signature_does_not_outlive_the_trust_in_its_key(
    site: Installation, small: Small, ada: Person, bob: Person, short_folder: Path
) -> None:
    carol = Person.create(short_folder, "carol")
    file = name_approvers(site, small, ada.line(), bob.line(), carol.line(), required=2)
    async with governed(site) as client:
        await agent.to_question(client)
        plan = document(site)
        answer(site.operator, ada.sign(plan))
        file.write_text(f"{bob.line()}\n{carol.line()}\n")
        with pytest.raises(ReportedError, match="has changed since"):
            answer(site.operator, bob.sign(plan))
        site.pin()
        answered = answer(site.operator, bob.sign(plan))
        assert answered["operation_id"] is None
        assert (await agent.state(client))["approval"]["signed"] == ["bob"]
        answer(site.operator, carol.sign(plan))
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"
    (claimed,) = [entry["data"] for entry in history(site) if entry["kind"] == "approval.claimed"]
    assert claimed["signers"] == ["bob", "carol"]


async def test_an_approver_who_was_added_since_the_trust_approves_nothing(
    site: Installation, small: Small, ada: Person, bob: Person
) -> None:
    file = name_approvers(site, small, ada.line())
    async with governed(site) as client:
        await agent.to_question(client)
        file.write_text(f"{ada.line()}\n{bob.line()}\n")
        refused = bob.approve(site)
        assert "has changed since" in refused.out
        with pytest.raises(ReportedError, match="has changed since"):
            answer(site.operator, bob.sign(document(site)))
        file.write_text(f"{ada.line()}\n")
        assert ada.approve(site).code == 0
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"


async def test_an_approver_who_was_added_before_the_question_blocks_it(
    site: Installation, small: Small, ada: Person, bob: Person
) -> None:
    file = name_approvers(site, small, ada.line())
    async with governed(site) as client:
        await agent.to_soaked(client)
        file.write_text(f"{bob.line()}\n")
        await agent.until_unlocked(client, "production")
        asked = await agent.call(client, "deploy", target="production", version="v0.1.0")
        assert "has changed since" in agent.text(asked)
        assert (await agent.state(client))["state"] == "SOAKING"


def test_trust_shows_who_may_approve_and_the_file_that_says_so(site: Installation, small: Small, ada: Person) -> None:
    file = name_approvers(site, small, ada.line())
    shown = site.trust().out
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert f"=== approvers {file.name} on the daemon's machine, sha256 {digest}\n{ada.line()}\n" in shown
    assert "All of this is trusted already." in site.trust().out
    file.write_text(f"# nobody yet\n{ada.line()}\n")
    assert "# nobody yet" in site.trust().out


async def test_without_a_fit_file_nobody_approves_and_the_question_stays_open(
    site: Installation, small: Small, ada: Person
) -> None:
    file = name_approvers(site, small, ada.line())
    async with governed(site) as client:
        await agent.to_question(client)
        file.chmod(0o666)
        refused = ada.approve(site)
        assert (refused.code, "it can be written by others" in refused.out) == (2, True)
        with pytest.raises(ReportedError, match="it can be written by others"):
            answer(site.operator, ada.sign(document(site)))
        file.unlink()
        with pytest.raises(ReportedError, match="No such file"):
            answer(site.operator, ada.sign(document(site)))
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"


@pytest.fixture
def ssh_agent(short_folder: Path) -> Iterator[str]:
    """The socket of an ssh agent."""
    socket = short_folder / "agent"
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL) as process:
        while not socket.exists():
            assert process.poll() is None
        yield str(socket)
        process.terminate()


async def test_a_key_that_the_agent_holds_or_that_stands_in_its_usual_place_is_found(
    site: Installation, small: Small, ada: Person, bob: Person, ssh_agent: str, short_folder: Path
) -> None:
    name_approvers(site, small, ada.line(), bob.line(), required=2)
    environment = {**os.environ, "SSH_AUTH_SOCK": ssh_agent}
    subprocess.run(["ssh-add", "-q", str(ada.key)], env=environment, check=True)  # noqa: ASYNC221 - quick
    ada.key.unlink()
    home = short_folder / "bob-at-home"
    (home / ".ssh").mkdir(parents=True)
    bob.key.rename(home / ".ssh" / "id_ed25519")
    bob.key.with_name("key-bob.pub").rename(home / ".ssh" / "id_ed25519.pub")
    holding = Installation(site.home, site.project, {"SSH_AUTH_SOCK": ssh_agent})
    at_home = Installation(site.home, site.project, {"HOME": str(home)})
    async with governed(site) as client:
        await agent.to_question(client)
        none = site.approve()
        assert (none.code, "sentinel: No key of yours may approve: " in none.out) == (2, True)
        assert "Signed by ada: 1 of 2 approvals.\n" in holding.approve().out
        assert "Approved by ada, bob.\n" in at_home.approve().out
        assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"


async def test_an_agents_rollback_is_signed_too(site: Installation, small: Small, ada: Person) -> None:
    name_approvers(site, small, ada.line())
    async with governed(site) as client:
        for released in ("0.1.0", "0.2.0"):
            await agent.to_question(client, f"v{released}")
            answer(site.operator, ada.sign(document(site)))
            assert (await agent.until_state(client, *ENDS))["state"] == "IDLE"
            small.next_changes(released, "More")
        await agent.good(client, "emergency_rollback", reason="It is slow.")
        with pytest.raises(ReportedError, match=NEEDED):
            answer(site.operator, None, phrase="ROLLBACK-NOW")
        answer(site.operator, ada.sign(document(site)), phrase="ROLLBACK-NOW")
        await agent.until_state(client, *ENDS)
        (spent,) = [entry["data"] for entry in history(site) if entry["kind"] == "approval.spent"]
        assert (spent["proof"], spent["signers"]) == ("signature", ["ada"])
    assert "rollback 0.2.0" in small.marked()
