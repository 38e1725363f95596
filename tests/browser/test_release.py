"""A whole release, watched and decided in a browser."""

import asyncio
import re

from playwright.async_api import expect

from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.releasing import Live, confirm, governed, history, release


async def test_a_release_is_watched_and_approved_with_the_phrase(site: Site, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await page.goto(site.project)
        await expect(page.locator("#headline .chip")).to_have_text("IDLE")
        await agent.good(client, "start_sprint", name="One")
        await expect(page.locator("#headline .chip")).to_have_text("ACTIVE")
        await agent.to_question(client)
        await page.get_by_role("link", name="Read the question and decide").click()
        block = "[SENTINEL DEFCON 1]\ntarget: PRODUCTION\nversion: v0.1.0"
        await expect(page.locator(".defcon")).to_contain_text(block)
        await page.get_by_label("to approve").fill("DEPLOY-NOW")
        await page.get_by_role("button", name="Approve").click()
        await page.wait_for_url(site.project)
        await expect(page.locator("#production")).to_contain_text("0.1.0")
        await expect(page.locator("#headline .chip")).to_have_text("IDLE")
        await page.goto(f"{site.project}/releases/0.1.0")
        await expect(page.locator("#release .chip")).to_have_text("released")
        await expect(page.locator("#plots svg")).to_have_count(3)
        await expect(page.locator("#approval")).to_contain_text("no: a phrase proves no person")
    (claimed,) = [entry["data"] for entry in history(site.installation) if entry["kind"] == "approval.claimed"]
    assert (claimed["channel"], claimed["proof"], claimed["proven"]) == ("console", "phrase", False)


async def test_another_phrase_spends_nothing_and_a_reason_refuses(site: Site, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await agent.to_question(client)
        await page.goto(f"{site.project}/question")
        await page.get_by_label("to approve").evaluate("(field) => field.removeAttribute('pattern')")
        await page.get_by_label("to approve").fill("deploy-now")
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_role("alert")).to_contain_text("DEPLOY-NOW")
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
        await page.goto(f"{site.project}/question")
        await page.get_by_label("Reason").fill("Not on a Friday")
        await page.get_by_role("button", name="Reject").click()
        await expect(page.locator("#headline .chip")).to_have_text("SOAKING")
        assert "Not on a Friday" in (await agent.state(client))["message"]


async def test_a_question_that_expires_under_an_open_page_is_closed_there(site: Site, ada: Visitor) -> None:
    page = ada.page
    site.small.change_policy({"production.approval": {"expires": "4s"}})
    site.small.commit("Ask briefly")
    async with governed(site.installation) as client:
        await agent.to_soaked(client)
        await page.goto(f"{site.project}/question")
        await agent.good(client, "deploy", target="production", version="v0.1.0")
        await expect(page.get_by_role("button", name="Approve")).to_be_visible()
        await expect(page.locator("#asked + #answer, #asked ~ #changes ~ #evidence")).to_have_count(2)
        await expect(page.get_by_role("button", name="Approve")).to_have_count(0)
        await expect(page.locator("#asked")).to_contain_text("Nothing waits")
        await expect(page.locator("#changes, #evidence")).to_have_count(0)


async def test_a_page_that_is_open_before_there_is_a_verification_shows_its_plots(site: Site, ada: Visitor) -> None:
    page = ada.page
    site.small.change_policy({"production.verification": {"window": "8s"}})
    site.small.commit("Watch for longer")
    async with governed(site.installation) as client:
        await agent.to_question(client)
        await page.goto(f"{site.project}/verification")
        await expect(page.locator("#plots")).to_have_count(0)
        await asyncio.to_thread(confirm, site.installation)
        await expect(page.locator("#verdict .chip")).to_have_text("running")
        await expect(page.locator("#verdict ~ #plots svg")).to_have_count(3)
        await expect(page.locator("#verdict .chip")).to_have_text("passed")


async def test_production_is_taken_back_by_a_person(site: Site, live: Live, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        assert (await release(client, site.installation))["state"] == "IDLE"
        live.small.next_changes("0.1.0", "More")
        assert (await release(client, site.installation))["state"] == "IDLE"
        await page.goto(f"{site.project}/production")
        await expect(page.locator(".defcon")).to_contain_text("rollback: v0.2.0 -> v0.1.0")
        await page.get_by_label("Reason").fill("Checkout fails")
        await page.get_by_label("to confirm").fill("ROLLBACK-NOW")
        await page.get_by_role("button", name="Roll back").click()
        await expect(page.locator("#production")).to_contain_text(re.compile(r"Runs\s*0\.1\.0"))
    assert live.version() == "0.1.0"


async def test_an_open_page_connects_again_after_a_restart(site: Site, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await page.goto(site.project)
        await expect(page.locator("#headline .chip")).to_have_text("IDLE")
        site.installation.stop()
        await expect(page.locator("#connection")).to_have_text("Not connected: what you see may be old.")
        assert site.installation.run("daemon", "start").code == 0
        await agent.good(client, "start_sprint", name="After")
        await expect(page.locator("#headline .chip")).to_have_text("ACTIVE")
        await expect(page.locator("#connection")).to_have_text("")


async def test_signing_out_at_a_terminal_ends_open_pages(site: Site, ada: Visitor) -> None:
    page = ada.page
    site.installation.pin()
    await page.goto(site.project)
    assert site.installation.operator.ask("console_sign_out") == 1
    site.installation.operator.ask("start_sprint", name="Unseen")
    await expect(page.locator("#connection")).to_contain_text("You are signed out")
    await expect(page.locator("#headline .chip")).to_have_text("IDLE")
    await page.reload()
    await expect(page.locator("#session")).to_contain_text("You are not signed in")
