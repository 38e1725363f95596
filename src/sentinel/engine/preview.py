"""`preview_release` and `sentinel plan`: what `prepare_release` would do, by the same code, and nothing done."""

from sentinel.core.candidate.preview import Preview, make_preview
from sentinel.core.release.holding import UNHOLD, held_sentence
from sentinel.core.release.model import Project
from sentinel.core.values.semver import Bump
from sentinel.engine.candidate import examine
from sentinel.engine.commit_policy import routing_policy
from sentinel.ports.world import World


async def preview_release(world: World, project: Project, type: str | None) -> Preview:
    """Of the release branch's head; raises what keeps Sentinel from reading it."""
    repository = world.repository(project, await routing_policy(world, project))
    commit = await repository.head()
    examined = await examine(world, project, repository, commit, Bump(type) if type is not None else None)
    return make_preview(
        type=examined.requested.value,
        commit=commit,
        policy=examined.at_commit.policy,
        verdicts=examined.verdicts,
        plan=examined.plan,
        hotfix=project.hotfix,
        held=f"{held_sentence(project.hold)} {UNHOLD}" if project.hold is not None else "",
        now=world.clock.now().wall,
    )
