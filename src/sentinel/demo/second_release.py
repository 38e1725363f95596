"""The second release: every gate passes, production does not, and Sentinel takes it back by itself."""

from sentinel.core.release.states import PDV_FAILURE
from sentinel.demo.actions import Play
from sentinel.demo.first_release import (
    FIRST,
    Scene,
    approve,
    prepare,
    stage,
    unlocked,
)

SECOND = "0.2.0"


async def prepared(play: Play) -> None:
    await play.succeed("start_sprint", name="Sale")
    play.commit(lambda: play.stage.shop.put_on_sale(FIRST))
    await prepare(play, SECOND)


async def staged(play: Play) -> None:
    await stage(play, SECOND)
    await unlocked(play)


async def approved(play: Play) -> None:
    await play.runs("production", FIRST)
    await approve(play, SECOND)


async def rolled_back(play: Play) -> None:
    """Nobody calls a rollback: the agent only looks."""
    answer, moving = await play.follow(since="AWAITING_APPROVAL", until=("IDLE", "ACTIVE", "SOAKING", "HALTED"))
    play.screen.says("sentinel", answer.sentence)
    play.expect("the state", answer.state, "ACTIVE")
    play.expect_in(moving.watched, "probes failed")
    play.expect_in(answer.sentence, PDV_FAILURE)
    await play.notified(PDV_FAILURE)
    await play.notified("shop: rolled back")
    await play.runs("production", FIRST)


async def proved(play: Play) -> None:
    play.screen.says("human", "sentinel audit verify")
    proof = play.stage.sentinel("audit", "verify")
    play.screen.says("sentinel", proof)
    play.expect_like("the answer", proof, r"The history is whole: \d+ entries, .*")


SECOND_RELEASE = (
    Scene("A second release, whose fault no test finds", prepared),
    Scene("Staging does not find it either", staged),
    Scene("The person approves it", approved),
    Scene("Production fails, and is rolled back with nobody asking", rolled_back),
    Scene("The history of all this is proved to be whole", proved),
)
