"""The rows of the release protocol that Sentinel enforces, each of which a test must prove.

A test says which with `@pytest.mark.requirement("P1.1-sprint")`; test_ledger.py holds the two together.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Requirement:
    """One promise: `source` is the section of the protocol, `text` its sentence, in short."""

    id: str
    source: str
    text: str


def _rows(source: str, texts: dict[str, str]) -> tuple[Requirement, ...]:
    return tuple(Requirement(f"P{source}-{name}", source, text) for name, text in texts.items())


REQUIREMENTS = (
    *_rows("1", {"privileged": "Nothing is deployed before the state machine has moved into release mode."}),
    *_rows(
        "1.1",
        {
            "trigger": 'The agent calls `prepare_release(type="minor")`.',
            "sprint": "All tasks of the current sprint are done.",
            "build": "The build passes.",
            "clean-tree": "The git tree is clean.",
            "audit": "The current session has no unresolved high-severity audit log.",
            "tests": "The full regression suite passed within the last 15 minutes.",
            "candidate": "Success: the state becomes RELEASE_CANDIDATE, and staging is unlocked.",
            "blocked-message": "Failure: `Release Blocked. You have 1 Open Task and Stale Tests.`",
        },
    ),
    *_rows("2", {"staging-first": "Direct-to-prod is physically disabled in the tool definitions."}),
    *_rows(
        "2.1",
        {
            "script": '`deploy(target="staging")` has Sentinel execute the deployment script.',
            "health": "The staging health endpoint (`/healthz`) is polled right after the deployment.",
            "smoke": "A subset of the E2E tests runs against the staging URL.",
            "gate": 'When the health check fails, `deploy(target="production")` remains LOCKED.',
        },
    ),
    *_rows(
        "2.2",
        {
            "minimum": "Code runs on staging for at least X minutes before production unlocks.",
            "timer": "The timer starts upon a successful staging deploy.",
            "message": "Too early: `Soak Time Violation. Production unlock in 09:45.`",
        },
    ),
    *_rows(
        "3.1",
        {
            "version": "The next version number is calculated from CHANGELOG.md.",
            "tag": "A signed git tag such as `v1.2.0` is created.",
            "built-from-tag": "The artifact is built from this exact tag.",
            "hash": "The git hash of the build artifact is verified against the tag's.",
        },
    ),
    *_rows(
        "3.2",
        {
            "request": 'The agent requests `deploy(target="production", version="v1.2.0")`.',
            "pause": "Sentinel pauses execution until a human has answered.",
            "block": "The human is shown the exact `[SENTINEL DEFCON 1]` block.",
            "exact-phrase": "Only the exact string `DEPLOY-NOW` from the user's stdin confirms.",
        },
    ),
    *_rows(
        "3.3",
        {
            "window": "A closed window or a freeze locks production, says why and until when, and is checked again.",
            "outside": "Only a person lets a release leave outside its window, with a reason that is in the plan.",
            "hold": "Anybody may hold a project, and only a person lifts the hold.",
            "hotfix": "A hotfix is a patch with a shorter soak, and is reviewed before anything larger is released.",
            "rollback": "Neither windows nor holds delay a rollback.",
        },
    ),
    *_rows("4", {"unfinished": "The job isn't done when the script finishes."}),
    *_rows(
        "4.1",
        {
            "monitor": "Metrics or HTTP status codes are monitored for 5 minutes after the deploy.",
            "error-rate": "An error rate above 1 % fails the verification.",
            "latency": "A latency above 500 ms fails the verification.",
            "rollback": "Failure triggers `emergency_rollback()` automatically.",
            "notification": "`Automatic Rollback Triggered due to PDV failure.` is notified.",
        },
    ),
    *_rows(
        "4.2",
        {
            "archived": "Successful verification makes the state ARCHIVED.",
            "branches": "Feature branches are deleted.",
            "sprint": "The sprint is closed.",
            "idle": "The agent is reset to IDLE.",
        },
    ),
    *_rows(
        "5",
        {
            "tools": "`prepare_release`, `deploy` and `emergency_rollback` are registered as MCP tools.",
            "dynamic": "Their availability is computed dynamically from a persisted state machine.",
            "locked": "Locked tools are hidden, or rejected with soak-timer messages.",
            "clients": "AI coding agents, Claude Desktop and IDEs are set up to use it.",
        },
    ),
)
