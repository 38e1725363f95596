"""What a preview says: the version or the protocol's sentence first, and all that a person plans by."""

import re
from datetime import datetime

from sentinel.core.candidate.gates import Verdict
from sentinel.core.candidate.preview import CandidatePlan, Preview, make_preview, plan_text, preview_text
from sentinel.core.policy.model import Policy
from sentinel.core.release.contents import Changes
from sentinel.core.release.model import Hotfix
from sentinel.core.values.screen import Screen
from tests.core.projects import NOON, PERSON, policy

PLAN = CandidatePlan(
    commit="c" * 40,
    tree="d" * 40,
    version="1.3.0",
    tag="v1.3.0",
    changes=Changes(files=5, insertions=120, deletions=40),
    reason='CHANGELOG.md:5, "A search.", under Added, demands a minor release.',
    notes="Added\n- A search.",
)
HOLDS = (Verdict("sprint"), Verdict("tests"), Verdict("build"))
BLOCKS = (Verdict("sprint", "1 Open Task", "SPRINT.md still has open tasks: x.", "Finish it."), Verdict("build"))


def preview(
    verdicts: tuple[Verdict, ...] = HOLDS,
    plan: CandidatePlan | None = PLAN,
    of: Policy | None = None,
    now: datetime = NOON,
    **said: object,
) -> Preview:
    hotfix = said.get("hotfix")
    return make_preview(
        type="minor",
        commit="c" * 40,
        policy=of or policy(),
        verdicts=verdicts,
        plan=plan,
        hotfix=hotfix if isinstance(hotfix, Hotfix) else None,
        locked=str(said.get("locked", "")),
        now=now,
    )


def test_a_release_that_nothing_blocks_is_told_by_its_version() -> None:
    assert preview_text(preview()).split("\n") == [
        'prepare_release(type="minor") would make v1.3.0 of commit cccccccccccc: 5 files, +120/-40.',
        'CHANGELOG.md:5, "A search.", under Added, demands a minor release.',
        "Gates that pass: sprint, tests.",
        "Not checked yet: build.",
        "build: make build",
        "staging: deploy/staging.sh",
        "smoke test: deploy/smoke.sh",
        "production: deploy/production.sh",
        "rollback: deploy/rollback.sh",
        "Soak on staging: 10m.",
        "Production has no windows: it is always open.",
        "Before production a person types DEPLOY-NOW in `sentinel approve`, within 15m.",
        "Notes:",
        "Added",
        "- A search.",
        "Nothing was tagged, built or deployed.",
    ]


def test_a_blocked_release_begins_with_the_sentence_of_the_protocol() -> None:
    found = preview(BLOCKS, None)
    lines = preview_text(found).split("\n")
    assert lines[:2] == [
        "Release Blocked. You have 1 Open Task.",
        'prepare_release(type="minor") would be refused at commit cccccccccccc.',
    ]
    assert "Gates that block: sprint (1 Open Task)." in lines
    assert "Not checked yet: build." in lines
    assert [one.fix for one in found.blocked_by] == ["Finish it."]
    assert (found.tag, found.version) == (None, None)


def test_windows_approvers_a_hotfix_and_a_held_line_are_told() -> None:
    windows = {"timezone": "Europe/Berlin", "open": ["Wed 09:00-16:00"]}
    approval = {"approvers": "team.signers", "required": 2}
    of = policy(production={"windows": windows, "approval": approval}, hotfix={"soak": "2m"})
    hotfix = Hotfix(reason="Customers cannot pay.", by=PERSON, at=NOON)
    text = preview_text(preview(of=of, hotfix=hotfix, locked="Releases are on hold."))
    for said in (
        "This is a hotfix, opened by person:ada: Customers cannot pay.",
        'prepare_release(type="minor") is locked now: Releases are on hold.',
        "Soak on staging: 2m.",
        "The production window is open until Wed 2030-05-01 16:00 Europe/Berlin.",
        "Before production 2 of the approvers in team.signers sign the plan with `sentinel approve`, within 15m.",
    ):
        assert said in text.split("\n")
    closed = policy(production={"windows": {**windows, "open": ["Fri 09:00-16:00"]}})
    assert "The next window opens Fri 2030-05-03 09:00 Europe/Berlin" in preview_text(preview(of=closed))


def test_what_is_looked_at_for_a_trusted_policy_alone_is_not_said_to_hold() -> None:
    distrusted = Verdict("trust", "an Untrusted Policy", "Nobody has.", "Trust it.")
    found = preview((Verdict("environment"), Verdict("scripts"), Verdict("sprint"), distrusted), None)
    assert {gate.gate: gate.verdict for gate in found.gates} == {
        "environment": "untried",
        "scripts": "untried",
        "sprint": "holds",
        "trust": "blocks",
    }


def test_a_plan_fits_a_terminal_and_tells_each_gate_with_its_remedy() -> None:
    long = "SPRINT.md still has open: Mend the checkout; Write the docs of the search that customers asked for."
    verdicts = (Verdict("sprint", "1 Open Task", long, "Finish it."), Verdict("trust"), Verdict("build"))
    of = policy(production={"windows": {"timezone": "Europe/Berlin", "open": ["Fri 09:00-16:00"]}})
    found = preview(verdicts, of=of, locked="The line is held by agent:codex since 2030-05-01 11:00 UTC: It smells.")
    lines = plan_text(found, Screen(width=80)).split("\n")
    assert max(map(len, lines)) <= 80
    assert lines[:6] == [
        "Release Blocked. You have 1 Open Task.",
        'prepare_release(type="minor") would be refused at commit cccccccccccc.',
        "It is also locked now: The line is held by agent:codex since 2030-05-01 11:00",
        "UTC: It smells.",
        "",
        "version     v1.3.0",
    ]
    gates = lines.index("Gates")
    assert lines[gates + 1 : gates + 6] == [
        "  BLOCKS  sprint, 1 Open Task: SPRINT.md still has open: Mend the checkout;",
        "          Write the docs of the search that customers asked for. Finish it.",
        "  later   build: prepare_release builds it when the other gates hold.",
        "  holds   trust",
        "",
    ]
    assert lines[-1] == "Nothing was tagged, built or deployed."
    coloured = plan_text(found, Screen(width=80, colour=True))
    assert "  \x1b[31mBLOCKS\x1b[m  sprint" in coloured
    assert re.sub("\x1b\\[[0-9]*m", "", coloured) == "\n".join(lines)


def test_a_release_that_may_not_be_prepared_now_is_told_first() -> None:
    held = "ada put releases on hold at 2030-05-01 11:00 UTC: It smells. A person ends the hold with `sentinel unhold`."
    assert preview_text(preview(locked=held)).split("\n")[:2] == [
        f'prepare_release(type="minor") is locked now: {held}',
        "Unlocked, it would make v1.3.0 of commit cccccccccccc: 5 files, +120/-40.",
    ]
    lines = preview_text(preview(BLOCKS, locked=held)).split("\n")
    assert (lines[0], lines[2]) == ("Release Blocked. You have 1 Open Task.", f"It is also locked now: {held}")
