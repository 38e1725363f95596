"""Approval by passkey, in real Chromium with its virtual authenticator."""

import shlex

import pytest
from playwright.async_api import expect

from tests.browser.authenticator import Authenticator
from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.releasing import governed, history


@pytest.fixture
def approvers(site: Site) -> None:
    """The policy asks for the signature of an approver."""
    site.small.change_policy({"production.approval": {"approvers": "approvers"}})
    site.small.commit("Have approvals signed")


async def enrol(site: Site, visitor: Visitor, name: str) -> str:
    """Makes a passkey on the console's page, and adds its line at a terminal. The line."""
    page = visitor.page
    await page.goto(f"{site.origin}/passkey")
    await page.get_by_label("The name").fill(name)
    await page.get_by_role("button", name="Make a passkey").click()
    command = await page.locator("pre").text_content()
    assert command is not None
    words = shlex.split(command)
    assert words[:3] == ["sentinel", "approver", "add"]
    added = site.installation.confirmed(*words[1:])
    assert added.code == 0, added.err
    assert f"lets {name} approve releases with the key SHA256:" in added.asked
    return words[3]


@pytest.mark.usefixtures("approvers")
async def test_a_release_is_approved_by_passkey_and_verified_by_ssh_keygen_alone(site: Site, ada: Visitor) -> None:
    page = ada.page
    await Authenticator.attach(page)
    line = await enrol(site, ada, "ada")
    async with governed(site.installation) as client:
        await agent.to_question(client)
        await page.goto(f"{site.project}/question")
        await page.get_by_label("to approve").fill("DEPLOY-NOW")
        await page.get_by_role("button", name="Approve with a passkey").click()
        await page.wait_for_url(site.project)
        await expect(page.locator("#headline .chip")).to_have_text("IDLE")
        await expect(page.locator("#production")).to_contain_text("0.1.0")
    (signed,) = [entry["data"] for entry in history(site.installation) if entry["kind"] == "approval.signed"]
    (claimed,) = [entry["data"] for entry in history(site.installation) if entry["kind"] == "approval.claimed"]
    assert (claimed["proof"], claimed["channel"], claimed["signers"]) == ("signature", "console", ["ada"])
    assert signed["public_key"] in line


@pytest.mark.usefixtures("approvers")
async def test_without_user_verification_nothing_is_approved(site: Site, ada: Visitor) -> None:
    page = ada.page
    device = await Authenticator.attach(page)
    await enrol(site, ada, "ada")
    async with governed(site.installation) as client:
        await agent.to_question(client)
        await page.goto(f"{site.project}/question")
        await device.verifies(verified=False)
        await page.get_by_label("to approve").fill("DEPLOY-NOW")
        await page.get_by_role("button", name="Approve with a passkey").click()
        await expect(page.locator(".told")).to_contain_text("The passkey was not used")
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"


@pytest.mark.usefixtures("approvers")
async def test_a_passkey_begins_a_session_and_shows_its_projects(site: Site, ada: Visitor) -> None:
    page = ada.page
    await Authenticator.attach(page)
    await enrol(site, ada, "ada")
    site.installation.pin()
    await page.get_by_role("button", name="Sign out").click()
    await page.get_by_role("link", name="Sign in with a passkey").click()
    await page.get_by_role("button", name="Use a passkey").click()
    await page.wait_for_url(f"{site.origin}/")
    await expect(page.get_by_role("link", name="Small")).to_be_visible()
