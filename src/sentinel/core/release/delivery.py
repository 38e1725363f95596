"""How a project delivers, by week: DORA's five metrics, counted from what the history tells of each release."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from statistics import median

from sentinel.core.release.record import ReleaseRecord
from sentinel.core.values.frozen import Frozen

DEFINITIONS: Mapping[str, str] = {
    "Deployment frequency": "Production deployments that began, each week from Monday in UTC.",
    "Lead time": "Median time from a commit until its release passed verification; a first release does not count.",
    "Change fail rate": "Share of deployments that were rolled back or halted.",
    "Time to restore": "Median time from the failure of a release until production was good again.",
    "Rework rate": "Share of deployments that followed directly on a failed release.",
}
"""Each metric and what it counts."""


class Delivery(Frozen):
    """The metrics of a span of time that begins on `start`; None for a metric without a case.

    A deployment counts when it began, and so do its failure and its time to restore.
    """

    start: date
    deployments: int = 0
    failed: int = 0
    reworked: int = 0
    lead_time: timedelta | None = None
    time_to_restore: timedelta | None = None

    @property
    def change_fail_rate(self) -> float | None:
        return self.failed / self.deployments if self.deployments else None

    @property
    def rework_rate(self) -> float | None:
        return self.reworked / self.deployments if self.deployments else None


def deliveries(records: Sequence[ReleaseRecord], now: datetime, *, weeks: int) -> tuple[Delivery, ...]:
    """Each of the last `weeks`, the oldest first. The current week is not over."""
    deployed = _deployed(records)
    this_week = _monday(now)
    starts = [this_week - timedelta(weeks=back) for back in reversed(range(weeks))]
    return tuple(_counted(start, [one for one in deployed if _monday(one[1]) == start]) for start in starts)


def delivery(records: Sequence[ReleaseRecord], now: datetime, *, weeks: int) -> Delivery:
    """All of the last `weeks` together."""
    start = _monday(now) - timedelta(weeks=weeks - 1)
    return _counted(start, [one for one in _deployed(records) if _monday(one[1]) >= start])


Deployed = tuple[ReleaseRecord, datetime, bool]
"""A release, when its deployment began, and whether it directly followed a failed one."""


def _deployed(records: Sequence[ReleaseRecord]) -> list[Deployed]:
    """In the order of the deployments."""
    found: list[Deployed] = []
    after_failure = False
    for record in sorted(
        (one for one in records if one.deployed_at), key=lambda one: one.deployed_at or one.prepared_at
    ):
        if record.deployed_at is not None:
            found.append((record, record.deployed_at, after_failure))
            after_failure = record.left_at is not None
    return found


def _counted(start: date, deployed: Sequence[Deployed]) -> Delivery:
    leads = [lead for record, _, _ in deployed for lead in _lead_times(record)]
    restored = [record.ended_at - record.left_at for record, _, _ in deployed if record.left_at and record.ended_at]
    return Delivery(
        start=start,
        deployments=len(deployed),
        failed=sum(record.left_at is not None for record, _, _ in deployed),
        reworked=sum(rework for _, _, rework in deployed),
        lead_time=_median(leads),
        time_to_restore=_median(restored),
    )


def _lead_times(record: ReleaseRecord) -> Iterator[timedelta]:
    """Of the commits with a recorded time. A clock that was set back counts as zero.

    A first release has no commit that waited for it: it brings the whole history of the repository.
    """
    if record.verified_at is None or record.contents is None or record.contents.base is None:
        return
    for commit in record.contents.commits:
        if commit.at is not None:
            yield max(timedelta(0), record.verified_at - commit.at)


def _median(lengths: Sequence[timedelta]) -> timedelta | None:
    return timedelta(seconds=median(length.total_seconds() for length in lengths)) if lengths else None


def _monday(moment: datetime) -> date:
    day = moment.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
