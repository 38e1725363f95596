"""Signed approvals: a policy that names approvers is answered with their keys, and with nothing else."""

from pathlib import Path

from tests.protocol import agent
from tests.protocol.approvers import Person, name_approvers, ssh_verifies
from tests.protocol.installation import Installation
from tests.protocol.releasing import ENDS, governed, history
from tests.protocol.small import Small


async def test_the_phrase_and_a_signature_deploy_and_the_history_holds_what_verifies_it(
    site: Installation, small: Small, short_folder: Path
) -> None:
    ada = Person.create(short_folder, "ada")
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
