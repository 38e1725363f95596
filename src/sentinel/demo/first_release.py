"""The first release: blocked, repaired, staged, soaked, approved, deployed, verified and closed."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from sentinel.core.approval.question import DEPLOY_PHRASE
from sentinel.demo.actions import Play
from sentinel.demo.agent import Answer
from sentinel.demo.repository import BRANCH

FIRST = "0.1.0"
BLOCKED = "Release Blocked. You have 1 Open Task and Stale Tests."
SOAK_VIOLATION = r"Soak Time Violation\. Production unlock in \d\d:\d\d\."
BLOCK = "[SENTINEL DEFCON 1]"
IDLE_TOOLS = "release_status, start_sprint, preview_release, hold_release"
CANDIDATE_TOOLS = "release_status, deploy(staging), abandon_release, hold_release"
UNLOCKED_TOOLS = "release_status, deploy(staging|production), abandon_release, hold_release"


@dataclass(frozen=True, slots=True)
class Scene:
    """`act` plays it, and raises DemoFailedError where it does not go as it should."""

    title: str
    act: Callable[[Play], Awaitable[None]]


async def trust(play: Play) -> None:
    seen = await play.person("trust", prompt="to trust): ", typed="yes")
    files = [line for line in seen.shown if line.startswith("===")]
    play.screen.block([*files, seen.shown[-1]])
    play.screen.says("sentinel", seen.answer[0])


async def blocked(play: Play) -> None:
    await play.succeed("start_sprint", name="Opening day")
    await play.succeed("run_tests")
    play.commit(play.stage.shop.merge_feature)
    answer = await play.ask("prepare_release", type="minor")
    play.expect("the answer", answer.sentence, BLOCKED)
    play.screen.block(f"{gate['message']} {gate['fix']}" for gate in answer.status["blocked_by"])


async def repaired(play: Play) -> None:
    play.commit(play.stage.shop.finish_sprint)
    await prepare(play, FIRST)


async def prepare(play: Play, version: str) -> None:
    """Tests and gates, up to a release candidate."""
    await play.succeed("run_tests")
    release = (await play.succeed("prepare_release", type="minor")).status["release"]
    play.expect("the tag", release["tag"], f"v{version}")
    (artifact,) = release["artifacts"]
    play.screen.block([f"signed tag {release['tag']}; {artifact['name']} with sha256 {artifact['sha256'][:16]}…"])
    await play.tools(CANDIDATE_TOOLS)


async def staged(play: Play) -> None:
    await stage(play, FIRST)
    early = await play.ask("deploy", target="production", version=f"v{FIRST}")
    play.expect_like("the answer", early.sentence, SOAK_VIOLATION)


async def stage(play: Play, version: str) -> Answer:
    answer = await play.succeed("deploy", target="staging")
    play.expect("the state", answer.state, "SOAKING")
    await play.runs("staging", version)
    return answer


async def unlocked(play: Play) -> None:
    """The one call is to know how long the countdown is; from there on Sentinel speaks first."""
    status = (await play.agent.call("release_status", {})).status
    left = next(lock["remaining_seconds"] for lock in status["locked"] if lock["target"] == "production")
    await play.tools(UNLOCKED_TOOLS, soak_seconds=left)


async def approved(play: Play) -> None:
    play.expect("that production is open before the approval", play.stage.shop.is_open("production"), wanted=False)
    await approve(play, FIRST)


async def approve(play: Play, version: str) -> None:
    """The agent's request, which waits until a person has typed the phrase at a terminal."""
    answer = await play.succeed("deploy", target="production", version=f"v{version}")
    play.expect("the state", answer.state, "AWAITING_APPROVAL")
    await play.notified("shop: a deployment waits for approval")
    seen = await play.person("approve", prompt="to confirm): ", typed=DEPLOY_PHRASE)
    play.expect_in(seen.shown, BLOCK)
    play.screen.block(_shortened(seen.shown))
    play.screen.says("sentinel", seen.answer[0])


def _shortened(shown: tuple[str, ...]) -> Iterator[str]:
    """The summary above the block, and the block; what the notes, commits and scripts are is not played here."""
    first, _, *rest = shown
    yield first
    yield from takewhile(bool, rest)
    yield "(further down: notes, commits, changed files, findings, scripts, artifacts, what happens if it fails)"
    yield from shown[shown.index(BLOCK) :]


async def verified(play: Play) -> None:
    answer, moving = await play.follow(since="AWAITING_APPROVAL", until=("IDLE", "ACTIVE", "SOAKING", "HALTED"))
    play.expect("the state", answer.state, "IDLE")
    play.expect_in(moving.watched, "0 of ")
    await play.runs("production", FIRST)


async def closed(play: Play) -> None:
    answer = await play.ask("release_status")
    play.expect("the sprint", answer.status["sprint"], None)
    play.expect("the branches", play.stage.shop.branches(), ["main"])
    play.expect_in(answer.sentence, BRANCH)
    await play.notified("shop: released")
    await play.tools(IDLE_TOOLS)


FIRST_RELEASE = (
    Scene("A person reads what would run, and trusts it", trust),
    Scene("A release that is not ready is blocked", blocked),
    Scene("Repaired: tests, gates, a signed tag and a build from it", repaired),
    Scene("Staging first, and too early for production", staged),
    Scene("The soak runs out, and the unlock is pushed to the agent", unlocked),
    Scene("A person approves, at a terminal of their own", approved),
    Scene("Production, watched while its visitors come", verified),
    Scene("Closure: branch deleted, sprint closed, the agent back to IDLE", closed),
)
