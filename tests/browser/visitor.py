"""A person in a browser: signs in, looks at pages, and what their browser complained about."""

import subprocess
import tarfile
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from sentinel.core.approval.approvers import NAMESPACE
from sentinel.core.approval.passkeys import RelyingParty
from tests.protocol.installation import Installation
from tests.protocol.small import Small

MILLISECONDS = 30_000
Theme = Literal["light", "dark"]
_REPORTED = """
  document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


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

    site: Site
    context: BrowserContext
    page: Page
    violations: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @classmethod
    async def create(
        cls, browser: Browser, site: Site, *, theme: Theme = "light", width: int = 1280, checked: bool = False
    ) -> "Visitor":
        """`checked` lets a test run a script of its own on each page, which the content policy would refuse."""
        context = await browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce", bypass_csp=checked
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

    async def close(self) -> None:
        await self.context.close()


def _hear(violations: list[str], message: ConsoleMessage) -> None:
    if "violation" in message.text or "Content Security Policy" in message.text:
        violations.append(message.text)
