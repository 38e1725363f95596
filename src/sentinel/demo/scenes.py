"""The scenes of the demo: one release that reaches production, and one whose fault Sentinel rolls back by itself."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from sentinel.core.approval.question import DEPLOY_PHRASE
from sentinel.core.release.states import PDV_FAILURE
from sentinel.demo.actions import Demo
from sentinel.demo.installation import BRANCH

FIRST, SECOND = "0.1.0", "0.2.0"
BLOCKED = "Release Blocked. You have 1 Open Task and Stale Tests."
SOAK_VIOLATION = r"Soak Time Violation\. Production unlock in \d\d:\d\d\."
BLOCK = "[SENTINEL DEFCON 1]"
IDLE_TOOLS = "release_status, start_sprint, preview_release, hold_release"
CANDIDATE_TOOLS = "release_status, deploy(staging), abandon_release, hold_release"
UNLOCKED_TOOLS = "release_status, deploy(staging|production), abandon_release, hold_release"
ENDED = ("IDLE", "ACTIVE", "SOAKING", "HALTED")
"""States in which a deployment has ended, well or badly."""


@dataclass(frozen=True, slots=True)
class Scene:
    """`act` shows it. Raises DemoFailedError if anything differs from what is expected."""

    title: str
    act: Callable[[Demo], Awaitable[None]]


async def prepare(demo: Demo, version: str) -> None:
    """Tests and gates, up to a release candidate."""
    await demo.succeed("run_tests")
    release = (await demo.succeed("prepare_release", type="minor")).status["release"]
    demo.expect("the tag", release["tag"], f"v{version}")
    (artifact,) = release["artifacts"]
    demo.screen.block([f"signed tag {release['tag']}; {artifact['name']} with sha256 {artifact['sha256'][:16]}…"])
    await demo.tools(CANDIDATE_TOOLS)


async def deploy_to_staging(demo: Demo, version: str) -> None:
    answer = await demo.succeed("deploy", target="staging")
    demo.expect("the state", answer.state, "SOAKING")
    await demo.runs("staging", version)


async def wait_for_unlock(demo: Demo) -> None:
    """One call asks how long the countdown is; the unlock then comes without a call."""
    status = (await demo.agent.call("release_status", {})).status
    left = next(lock["remaining_seconds"] for lock in status["locked"] if lock["target"] == "production")
    await demo.tools(UNLOCKED_TOOLS, soak_seconds=left)


async def approve(demo: Demo, version: str) -> None:
    """The agent's request, which waits until a person has typed the phrase at a terminal."""
    answer = await demo.succeed("deploy", target="production", version=f"v{version}")
    demo.expect("the state", answer.state, "AWAITING_APPROVAL")
    await demo.notified("shop: a deployment waits for approval")
    seen = await demo.person("approve", prompt="to confirm): ", typed=DEPLOY_PHRASE)
    demo.expect_in(seen.shown, BLOCK)
    demo.screen.block(_shortened(seen.shown))
    demo.screen.says("sentinel", seen.answer[0])


def _shortened(shown: tuple[str, ...]) -> Iterator[str]:
    """The summary above the block, and the block; the demo leaves out the rest of the question."""
    first, _, *rest = shown
    yield first
    yield from takewhile(bool, rest)
    yield "(further down: notes, commits, changed files, findings, scripts, artifacts, what happens if it fails)"
    yield from shown[shown.index(BLOCK) :]


async def trusted(demo: Demo) -> None:
    seen = await demo.person("trust", prompt="to trust): ", typed="yes")
    files = [line for line in seen.shown if line.startswith("===")]
    demo.screen.block([*files, seen.shown[-1]])
    demo.screen.says("sentinel", seen.answer[0])


async def blocked(demo: Demo) -> None:
    await demo.succeed("start_sprint", name="Opening day")
    await demo.succeed("run_tests")
    demo.commit(demo.shop.merge_feature)
    answer = await demo.ask("prepare_release", type="minor")
    demo.expect("the answer", answer.sentence, BLOCKED)
    demo.screen.block(f"{gate['message']} {gate['fix']}" for gate in answer.status["blocked_by"])


async def repaired(demo: Demo) -> None:
    demo.commit(demo.shop.finish_sprint)
    await prepare(demo, FIRST)


async def staged(demo: Demo) -> None:
    await deploy_to_staging(demo, FIRST)
    early = await demo.ask("deploy", target="production", version=f"v{FIRST}")
    demo.expect_like("the answer", early.sentence, SOAK_VIOLATION)


async def approved(demo: Demo) -> None:
    demo.expect("that production is open before the approval", demo.shop.is_open("production"), wanted=False)
    await approve(demo, FIRST)


async def verified(demo: Demo) -> None:
    answer, progress = await demo.follow(since="AWAITING_APPROVAL", until=ENDED)
    demo.expect("the state", answer.state, "IDLE")
    demo.expect_in(progress.watched, "0 of ")
    await demo.runs("production", FIRST)


async def closed(demo: Demo) -> None:
    answer = await demo.ask("release_status")
    demo.expect("the sprint", answer.status["sprint"], None)
    demo.expect("the branches", demo.shop.branches(), ["main"])
    demo.expect_in(answer.sentence, BRANCH)
    await demo.notified("shop: released")
    await demo.tools(IDLE_TOOLS)


async def prepared_again(demo: Demo) -> None:
    await demo.succeed("start_sprint", name="Sale")
    demo.commit(lambda: demo.shop.put_on_sale(FIRST))
    await prepare(demo, SECOND)


async def staged_again(demo: Demo) -> None:
    await deploy_to_staging(demo, SECOND)
    await wait_for_unlock(demo)


async def approved_again(demo: Demo) -> None:
    await demo.runs("production", FIRST)
    await approve(demo, SECOND)


async def rolled_back(demo: Demo) -> None:
    """Nobody requests a rollback: the agent only reads the status."""
    answer, progress = await demo.follow(since="AWAITING_APPROVAL", until=ENDED)
    demo.screen.says("sentinel", answer.sentence)
    demo.expect("the state", answer.state, "ACTIVE")
    demo.expect_in(progress.watched, "probes failed")
    demo.expect_in(answer.sentence, PDV_FAILURE)
    await demo.notified(PDV_FAILURE)
    await demo.notified("shop: rolled back")
    await demo.runs("production", FIRST)


async def proved(demo: Demo) -> None:
    demo.screen.says("human", "sentinel audit verify")
    proof = demo.installation.sentinel("audit", "verify")
    demo.screen.says("sentinel", proof)
    demo.expect_like("the answer", proof, r"The history is whole: \d+ entries, .*")


SCENES = (
    Scene("A person reads what would run, and trusts it", trusted),
    Scene("A release that is not ready is blocked", blocked),
    Scene("Repaired: tests, gates, a signed tag and a build from it", repaired),
    Scene("Staging first, and too early for production", staged),
    Scene("The soak runs out, and the unlock is pushed to the agent", wait_for_unlock),
    Scene("A person approves, at a terminal of their own", approved),
    Scene("Production, watched while its visitors come", verified),
    Scene("Closure: branch deleted, sprint closed, the agent back to IDLE", closed),
    Scene("A second release, whose fault no test finds", prepared_again),
    Scene("Staging does not find it either", staged_again),
    Scene("The person approves it", approved_again),
    Scene("Production fails, and is rolled back with nobody asking", rolled_back),
    Scene("The history of all this is proved to be whole", proved),
)
