"""A person in a browser: signs in, looks at pages, and what their browser complained about."""

import subprocess
import tarfile
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, Protocol

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from sentinel.core.approval.passkeys import RelyingParty
from sentinel.core.approval.question import NAMESPACE
from tests.protocol.installation import Installation
from tests.protocol.small import Small

MILLISECONDS = 30_000
MOST_TABS = 40
Theme = Literal["light", "dark"]
_REPORTED = """
  document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


class Console(Protocol):
    """Where a console answers, one of its projects, and a link that signs in there."""

    @property
    def origin(self) -> str: ...

    @property
    def project(self) -> str: ...

    def link(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Site:
    """A governed project, and the address of its daemon's console."""

    installation: Installation
    small: Small
    origin: str

    def link(self) -> str:
        """What `sentinel console` asks the daemon for."""
        return str(self.installation.operator.ask("console"))

    @property
    def relying_party(self) -> RelyingParty:
        return RelyingParty(id="localhost", origin=self.origin)

    def ssh_verifies(self, bundle: Path) -> None:
        """The signed approval of an exported history, by ssh-keygen alone."""
        folder = bundle.with_suffix("")
        with tarfile.open(bundle) as archive:
            archive.extractall(folder, filter="data")
        (plan,) = folder.glob("approvals/*.plan")
        signers, signature = plan.with_suffix(".allowed_signers"), plan.with_suffix(".sig")
        named = signers.read_text().split()[0]
        words = ("-f", signers, "-I", named, "-n", NAMESPACE, "-s", signature)
        subprocess.run(["ssh-keygen", "-Y", "verify", *words], input=plan.read_bytes(), check=True)

    @property
    def project(self) -> str:
        return f"{self.origin}/projects/{self.small.id}"


@dataclass(slots=True)
class Visitor:
    """`violations` are what the content policy refused, `faults` what else went wrong on a page."""

    site: Console
    context: BrowserContext
    page: Page
    violations: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @classmethod
    async def create(
        cls,
        browser: Browser,
        site: Console,
        *,
        theme: Theme = "light",
        width: int = 1280,
        zone: str | None = None,
        checked: bool = False,
    ) -> "Visitor":
        """`checked` lets a test run a script of its own on each page, which the content policy would refuse."""
        context = await browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=theme,
            reduced_motion="reduce",
            timezone_id=zone,
            bypass_csp=checked,
        )
        context.set_default_timeout(MILLISECONDS)
        expect.set_options(timeout=MILLISECONDS)
        await context.add_init_script(_REPORTED)
        visitor = cls(site, context, await context.new_page())
        visitor.page.on("console", partial(_hear, visitor.violations))
        visitor.page.on("pageerror", lambda error: visitor.faults.append(str(error)))
        return visitor

    async def sign_in(self) -> None:
        await self.page.goto(self.site.link())
        await self.page.wait_for_url(f"{self.site.origin}/")

    async def unfit(self) -> list[Any]:
        """What axe finds on the page; and how wide it is, where that is more than the screen."""
        await self.page.evaluate(_axe())
        found: list[Any] = await self.page.evaluate(_RUN)
        across, width = await self.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        return [*found, *([f"{across} px wide"] if across > width else [])]

    async def tab_to(self, target: Locator) -> None:
        """By the keyboard alone; wherever the focus is on the way, it is seen."""
        await expect(target).to_be_visible()
        for _ in range(MOST_TABS):
            await self.page.keyboard.press("Tab")
            assert await self.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            if await target.evaluate("(one) => one === document.activeElement"):
                return
        raise AssertionError(f"{target} is not reached")

    async def close(self) -> None:
        await self.context.close()


_RUN = "async () => (await axe.run()).violations.map((one) => `${one.id}: ${one.nodes.map((n) => n.target).join(' ')}`)"


@cache
def _axe() -> str:
    spec = find_spec("axe_playwright_python")
    assert spec is not None
    assert spec.origin is not None
    return next(Path(spec.origin).parent.rglob("axe*.js")).read_text(encoding="utf-8")


def _hear(violations: list[str], message: ConsoleMessage) -> None:
    if "violation" in message.text or "Content Security Policy" in message.text:
        violations.append(message.text)
