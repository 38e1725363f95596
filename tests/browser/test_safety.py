"""What other pages, strange strings and stolen cookies can do: nothing."""

import json

from playwright.async_api import Browser, expect

from tests.browser.scenery import PAGES
from tests.browser.visitor import Site, Visitor
from tests.protocol import agent
from tests.protocol.releasing import governed
from tests.protocol.shop import free_port

HOSTILE = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">'\"\u202egnp\u202c"


async def elsewhere(visitor: Visitor, html: str) -> str:
    """A page of another program on this machine. Its address."""
    address = f"http://localhost:{free_port()}/"
    await visitor.page.route(f"{address}**", lambda route: route.fulfill(body=html, content_type="text/html"))
    return address


async def test_hostile_strings_in_every_field_stay_text(site: Site, ada: Visitor) -> None:
    page, small = ada.page, site.small
    small.edit("CHANGELOG.md", {"- Everything.\n": f"- {HOSTILE}\n"})
    small.write(f"src/{HOSTILE.replace('/', '_')}", "text\n")
    small.script("staging", f"printf '%s\\n' '{HOSTILE.replace(chr(39), '')}'")
    small.change_policy({"project": {"name": HOSTILE[:60]}})
    small.commit(HOSTILE)
    async with governed(site.installation) as client:
        await agent.good(client, "start_sprint", name=HOSTILE[:90])
        await agent.to_question(client)
        await agent.good(client, "hold_release", reason=HOSTILE)
        found = {"ruleId": HOSTILE, "level": "error", "message": {"text": HOSTILE}}
        log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": HOSTILE}}, "results": [found]}]}
        site.installation.operator.ask("import_sarif", document=json.dumps(log))
        for path in (page.replace("0.3.0", "0.1.0") for page in PAGES):
            await page.goto(f"{site.project}{path}")
            await expect(page.locator("main")).to_be_visible()
            assert await page.title() != "owned"
            text = await page.locator("body").inner_text()
            assert "\u202e" not in text
            assert await page.locator("main img, main script").count() == 0
            assert await page.get_by_role("alert").count() == 0
        await page.goto(site.origin)
        await page.goto(f"{site.project}/history?words={'%3Cscript%3E'}&topic=everything")
        await expect(page.get_by_label("Words")).to_have_value("<script>")


async def test_another_page_can_neither_frame_the_console_nor_send_its_forms(site: Site, ada: Visitor) -> None:
    page = ada.page
    async with governed(site.installation) as client:
        await agent.to_question(client)
        question = site.installation.operator.ask("question")
        fields = {name: question[name] for name in ("approval_id", "plan_digest")} | {"phrase": "DEPLOY-NOW"}
        inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
        form = f'<form method="post" action="{site.project}/question/approve">{inputs}<button>Free tea</button></form>'
        await page.goto(await elsewhere(ada, f'<iframe src="{site.project}/question"></iframe>{form}'))
        await expect(page.frame_locator("iframe").locator("main")).to_have_count(0)
        await page.get_by_role("button", name="Free tea").click()
        await expect(page.locator("body")).to_contain_text("did not come from a page of the console")
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
    ada.violations.clear()  # the framing that was refused is one


async def test_a_stolen_cookie_reads_and_decides_nothing(site: Site, ada: Visitor, browser: Browser) -> None:
    """Browsers send a cookie of `localhost` to each of its ports."""
    async with governed(site.installation) as client:
        await agent.to_question(client)
        thief = await Visitor.create(browser, site)
        (cookie,) = await ada.context.cookies()
        await thief.context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": site.origin}])
        await thief.page.goto(f"{site.project}/question")
        await thief.page.get_by_label("to approve").fill("DEPLOY-NOW")
        await thief.page.get_by_role("button", name="Approve").click()
        await expect(thief.page.get_by_role("alert")).to_contain_text("token of your session")
        assert (await agent.state(client))["state"] == "AWAITING_APPROVAL"
        await thief.close()


async def test_without_javascript_everything_can_be_read(site: Site, ada: Visitor, browser: Browser) -> None:
    async with governed(site.installation) as client:
        await agent.to_question(client)
        context = await browser.new_context(java_script_enabled=False)
        page = await context.new_page()
        await page.goto(site.link())
        await page.get_by_role("button", name="Continue").click()
        await page.get_by_role("link", name="Continue").click()
        await page.get_by_role("link", name="Small").click()
        for path in PAGES[:-1]:
            if "/releases/" not in path:
                await page.goto(f"{site.project}{path}")
                await expect(page.locator("main .part").first).to_be_visible()
        await page.goto(site.project)
        await page.get_by_role("link", name="Read the question and decide").click()
        await expect(page.locator(".defcon")).to_contain_text("[SENTINEL DEFCON 1]")
        assert "Deciding requires JavaScript" in await page.content()
        await context.close()
        assert ada.page.url
