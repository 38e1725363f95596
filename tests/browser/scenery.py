"""What there is to see: real releases of a small project, some of which went badly."""

import json

from tests.adapters.http_services import answers, in_turn
from tests.browser.visitor import Site
from tests.protocol import agent
from tests.protocol.releasing import Live, governed, release

PAGES = (
    "",
    "/plan",
    "/question",
    "/verification",
    "/releases",
    "/releases/0.3.0",
    "/history",
    "/findings",
    "/insights",
    "/production",
)
"""Of one project."""
ENTRIES = (
    "Products can be bought as a gift, with a card.",
    "Everything is on sale.",
    "The checkout remembers the address, and prices are shown with tax.",
)


async def released(site: Site, live: Live) -> None:
    """Two good releases, one that production is taken back from, a finding, and a question that is open."""
    small = site.small
    async with governed(site.installation) as client:
        assert (await release(client, site.installation))["state"] == "IDLE"
        small.next_changes("0.1.0", ENTRIES[0])
        assert (await release(client, site.installation))["state"] == "IDLE"
        small.next_changes("0.2.0", ENTRIES[1])
        good = answers(200, b"0.3.0")
        live.faults["0.3.0"] = in_turn(*[good] * 9, answers(500))
        assert (await release(client, site.installation))["state"] == "ACTIVE"
        small.next_changes("0.3.0", ENTRIES[2])
        small.write("src/checkout.py", "ADDRESS = None\n" * 40)
        small.commit("Remember the address at the checkout")
        await agent.to_candidate(client)
        await agent.good(client, "deploy", target="staging")
        await agent.until_unlocked(client, "production")
        tag = str((await agent.state(client))["release"]["tag"])
        await agent.good(client, "deploy", target="production", version=tag)
        _find(site)


def _find(site: Site) -> None:
    """What two scanners found, one of it high."""
    results = [
        {"ruleId": "sql-injection", "level": "error", "message": {"text": "The order's id is put into a query."}},
        {"ruleId": "weak-hash", "level": "warning", "message": {"text": "MD5 is used for the name of a file."}},
    ]
    log = {"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "scanner"}}, "results": results}]}
    site.installation.operator.ask("import_sarif", document=json.dumps(log))
