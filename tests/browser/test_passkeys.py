"""Approval by passkey, in real Chromium with its virtual authenticator, and what is refused."""

import re
import shlex
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from sentinel.core.approval.passkeys import Assertion
from tests.adapters.passkey import PRESENT, VERIFIED, SoftPasskey
from tests.browser.authenticator import Authenticator
from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.releasing import governed, history

# Fills the form in as the script would, with what another device answered.
SEND = """([form, fields]) => {
  for (const [name, value] of Object.entries(fields)) {
    const field = form.elements.namedItem(name) ?? form.appendChild(document.createElement("input"));
    Object.assign(field, { name, value });
  }
  form.elements.namedItem("token").value = localStorage.getItem("sentinel-form-token");
  form.submit();
}"""


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


async def approve(visitor: Visitor) -> None:
    page = visitor.page
    await page.goto(f"{visitor.site.project}/question")
    await page.get_by_label("to approve").fill("DEPLOY-NOW")
    await page.get_by_role("button", name="Approve with a passkey").click()


@pytest.mark.usefixtures("approvers")
async def test_a_release_is_approved_by_passkey_and_verified_by_ssh_keygen_alone(site: Site, ada: Visitor) -> None:
    page = ada.page
    await Authenticator.attach(page)
    line = await enrol(site, ada, "ada")
    async with governed(site.installation) as client:
        await agent.to_question(client)
        await approve(ada)
        await page.wait_for_url(site.project)
        await expect(page.locator("#headline .chip")).to_have_text("IDLE")
        await expect(page.locator("#production")).to_contain_text("0.1.0")
    (signed,) = [entry["data"] for entry in history(site.installation) if entry["kind"] == "approval.signed"]
    (claimed,) = [entry["data"] for entry in history(site.installation) if entry["kind"] == "approval.claimed"]
    assert (claimed["proof"], claimed["channel"], claimed["signers"]) == ("signature", "console", ["ada"])
    assert signed["public_key"] in line
    await page.goto(f"{site.project}/releases/0.1.0")
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="Download the proof").click()
    bundle = site.installation.home.parent / "proof.tar"
    await (await downloading.value).save_as(bundle)
    proven = site.installation.run("audit", "verify", str(bundle))
    assert (proven.code, "1 signed approval" in proven.out) == (0, True), proven.err
    site.ssh_verifies(bundle)


@pytest.mark.usefixtures("approvers")
async def test_two_people_approve_each_with_a_passkey_of_their_own(site: Site, ada: Visitor, browser: Browser) -> None:
    site.small.change_policy({"production.approval": {"required": 2}})
    site.small.commit("Ask two people")
    bob = await Visitor.create(browser, site)
    await bob.sign_in()
    for visitor, name in ((ada, "ada"), (bob, "bob")):
        await Authenticator.attach(visitor.page)
        await enrol(site, visitor, name)
    async with governed(site.installation) as client:
        await agent.to_question(client)
        await bob.page.goto(f"{site.project}/question")
        await approve(ada)
        await expect(bob.page.locator("#asked")).to_contain_text("1 of 2, signed by ada")
        await approve(ada)
        await expect(ada.page.get_by_role("alert")).to_contain_text("ada has signed this approval already")
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
        await approve(bob)
        await expect(bob.page.locator("#headline .chip")).to_have_text("IDLE")
    await bob.close()


@pytest.mark.usefixtures("approvers")
async def test_without_user_verification_nothing_is_signed(site: Site, ada: Visitor) -> None:
    page = ada.page
    device = await Authenticator.attach(page)
    await enrol(site, ada, "ada")
    async with governed(site.installation) as client:
        await agent.to_question(client)
        await device.verifies(verified=False)
        await approve(ada)
        await expect(page.locator(".told")).to_contain_text("The passkey was not used")
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"


@pytest.mark.usefixtures("approvers")
async def test_what_another_site_or_moment_signed_approves_nothing(site: Site, ada: Visitor) -> None:
    """A device that signs whatever it is asked to, as malicious software on a person's machine could."""
    page, stolen = ada.page, SoftPasskey()
    site.installation.operator.ask("add_approver", line=stolen.line("ada", site.relying_party))
    here = site.origin
    async with governed(site.installation) as client:
        await agent.to_question(client)
        refused: dict[str, dict[str, Any]] = {
            "was used for http://localhost:3000": {"origin": "http://localhost:3000"},
            "was used for https://evil.example": {"origin": "https://evil.example"},
            "The signature does not match this plan": {"origin": here, "rp": "evil.example"},
            "did not verify who used it": {"origin": here, "flags": PRESENT},
            "cannot be read": {"origin": here, "cut": True},
        }
        for said, how in refused.items():
            await send(ada, stolen, **how)
            await expect(page.get_by_role("alert")).to_contain_text(said)
            assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
        await send(ada, stolen, origin=here, challenge="c29tZXRoaW5nIGVsc2U")
        await expect(page.get_by_role("alert")).to_contain_text("The signature does not match this plan")
        old = await send(ada, stolen, origin=here)
        await expect(page.locator("#headline .chip")).to_have_text("IDLE")
        site.small.next_changes("0.1.0", "More")
        await agent.to_question(client, "v0.2.0")
        await send(ada, stolen, again=old)
        await expect(page.get_by_role("alert")).to_contain_text("The signature does not match this plan")
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"


async def send(
    visitor: Visitor, passkey: SoftPasskey, *, again: Assertion | None = None, cut: bool = False, **how: Any
) -> Assertion:
    """Answers the open question with an assertion made like `how`, or with an earlier one. The assertion."""
    page = visitor.page
    await page.goto(f"{visitor.site.project}/question")
    form = page.locator("form[data-passkey]")
    challenge = how.pop("challenge", None) or await form.get_attribute("data-passkey")
    assertion = again or passkey.answer(str(challenge), flags=how.pop("flags", PRESENT | VERIFIED), **how)
    fields = {**assertion.model_dump(), "phrase": "DEPLOY-NOW"}
    if cut:
        fields["signature"] = fields["signature"][:10]
    await page.evaluate(SEND, [await form.element_handle(), fields])
    await page.wait_for_url(re.compile(r"/sign$|/projects/[^/]*$"))
    return assertion


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
