"""Chromium's virtual authenticator: a device with passkeys that asks nobody."""

from typing import Any

from playwright.async_api import CDPSession, Page


class Authenticator:
    """The device of one page."""

    def __init__(self, session: CDPSession, id: str) -> None:
        self._session = session
        self._id = id

    @classmethod
    async def attach(cls, page: Page, *, verifies: bool = True) -> "Authenticator":
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": True,
        }
        added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return cls(session, str(added["authenticatorId"]))

    async def verifies(self, *, verified: bool) -> None:
        given = {"authenticatorId": self._id, "isUserVerified": verified}
        await self._session.send("WebAuthn.setUserVerified", given)

    async def credentials(self) -> list[dict[str, Any]]:
        found = await self._session.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return list(found["credentials"])
