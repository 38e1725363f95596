"""What Sentinel keeps of past releases and operations, and for how long: never less than a rollback needs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from sentinel.core.release.change import Change, update
from sentinel.core.release.model import Project
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.times import Duration

ROLLBACK_NEEDS = 2
"""The newest archived releases: what production runs, and what it goes back to."""


class Retention(Frozen):
    """What goes in each project: what exceeds the number, or is older than `age`."""

    releases: Annotated[int, Field(ge=ROLLBACK_NEEDS, le=50)] = 10
    """Archived releases that a rollback can return to, with their artifacts."""
    operations: Annotated[int, Field(ge=1, le=10_000)] = 20
    """Operations with their logs, checkouts, journals and samples."""
    age: Duration = timedelta(hours=720)

    def outdated(self, times: Sequence[datetime], count: int, now: datetime) -> tuple[bool, ...]:
        """Which of those of `times`, newest first, go."""
        return tuple(number >= count or now - at > self.age for number, at in enumerate(times))


def needed_releases(project: Project) -> frozenset[str]:
    """Ids of the releases whose artifacts may still be needed."""
    candidate = {project.release.id} if project.release else set()
    plans = [plan for plan in (project.rollback, project.asked_rollback) if plan]
    ends = [deployed for plan in plans for deployed in (plan.leaving, plan.target) if deployed]
    return frozenset(candidate | {deployed.release_id for deployed in (*project.lineage, *ends) if deployed.release_id})


class Checkouts(Frozen):
    """Which checkouts of a project stay: all of some operations, and single ones as `OPERATION/FOLDER`.

    `every_production` is for releases that an older version deployed, which noted no checkout: all that production
    scripts ran in stay.
    """

    operations: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    every_production: bool = False

    @property
    def holders(self) -> frozenset[str]:
        """The operations whose folders stay for them."""
        return self.operations | {folder.partition("/")[0] for folder in self.folders}

    def keeps(self, operation: str, folder: str) -> bool:
        return operation in self.operations or f"{operation}/{folder}" in self.folders


def kept_checkouts(project: Project) -> Checkouts:
    """Those of the release in production and of the one before it, and what may still be wanted of others.

    That is the checkout of what runs now, of the candidate's staging, which its service may run from, and of the newest
    operation of each kind where it failed: somebody may want to look at it.
    """
    newest = {outcome.kind: outcome for outcome in project.outcomes if not outcome.refused}
    operations = {outcome.operation_id for outcome in newest.values() if not outcome.ok}
    if project.operation is not None:
        operations.add(project.operation.id)
    if project.release is not None and project.release.staged is not None:
        operations.add(project.release.staged.operation)
    plans = [plan for plan in (project.rollback, project.asked_rollback) if plan]
    ends = [deployed for plan in plans for deployed in (plan.leaving, plan.target) if deployed]
    wanted = (*project.lineage[-ROLLBACK_NEEDS:], *ends)
    named = [deployed.checkout for deployed in wanted]
    if project.release is not None:
        named.append(project.release.checkout)
    return Checkouts(
        operations=frozenset(operations),
        folders=frozenset(filter(None, named)),
        every_production=any(deployed.checkout is None and deployed.policy is not None for deployed in wanted),
    )


def forget_releases(project: Project, retention: Retention, now: datetime) -> Change | None:
    """Drops archived releases that no rollback returns to; None if there are none.

    What production runs, the newest, and what a rollback returns to, the one before, always stay.
    """
    newest_first = tuple(reversed(project.lineage))
    times = [deployed.deployed_at for deployed in newest_first]
    outdated = retention.outdated(times, retention.releases, now)
    kept = tuple(
        deployed
        for number, (deployed, old) in enumerate(zip(newest_first, outdated, strict=True))
        if number < ROLLBACK_NEEDS or not old
    )
    if len(kept) == len(newest_first):
        return None
    tags = sorted({deployed.tag for deployed in newest_first} - {deployed.tag for deployed in kept})
    summary = f"{len(tags)} archived release{'' if len(tags) == 1 else 's'} forgotten"
    return update(project, "releases.forgotten", "sentinel", summary, {"lineage": tuple(reversed(kept))}, tags=[*tags])
