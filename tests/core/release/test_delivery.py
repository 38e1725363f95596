"""DORA's metrics, counted from records of releases."""

from datetime import UTC, date, datetime, timedelta

from sentinel.core.release.contents import Contents, ReleaseCommit
from sentinel.core.release.delivery import DEFINITIONS, deliveries, delivery
from sentinel.core.release.record import ReleaseRecord

WEDNESDAY = datetime(2030, 5, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def record(deployed: datetime, *, left: timedelta | None = None, committed: timedelta = HOUR) -> ReleaseRecord:
    """A release that was deployed then, an hour after its commit; `left` is how long it took to be good again."""
    commits = (ReleaseCommit(id="c" * 40, author="Ada", subject="Sell tea", at=deployed - committed),)
    good = {"verified_at": deployed, "ended_at": deployed}
    bad = {"left_at": deployed, "ended_at": deployed + left} if left is not None else {}
    return ReleaseRecord(
        version="1.0.0",
        tag="v1.0.0",
        commit="c" * 40,
        id="r",
        status="rolled back" if left else "released",
        prepared_at=deployed,
        first=1,
        last=2,
        deployed_at=deployed,
        contents=Contents(base="b" * 40, commits=commits, commit_count=1),
        **(bad if left is not None else good),
    )


def test_deployments_count_in_the_week_that_they_began_in() -> None:
    monday = datetime(2030, 4, 29, tzinfo=UTC)
    records = [record(monday - timedelta(seconds=1)), record(monday), record(WEDNESDAY)]
    weeks = deliveries(records, WEDNESDAY, weeks=3)
    assert [(week.start, week.deployments) for week in weeks] == [
        (date(2030, 4, 15), 0),
        (date(2030, 4, 22), 1),
        (date(2030, 4, 29), 2),
    ]
    assert delivery(records, WEDNESDAY, weeks=2).deployments == 3
    assert delivery(records, WEDNESDAY, weeks=1).deployments == 2


def test_lead_time_is_the_median_of_commits_that_reached_production() -> None:
    records = [record(WEDNESDAY, committed=HOUR * hours) for hours in (1, 2, 9)]
    records.append(record(WEDNESDAY, committed=100 * HOUR, left=HOUR))
    assert delivery(records, WEDNESDAY, weeks=1).lead_time == 2 * HOUR


def test_failures_and_what_came_next_are_shares_of_the_deployments() -> None:
    failed = record(WEDNESDAY, left=HOUR)
    records = [record(WEDNESDAY - HOUR), failed, record(WEDNESDAY + HOUR), record(WEDNESDAY + 2 * HOUR)]
    whole = delivery(records, WEDNESDAY, weeks=1)
    assert (whole.failed, whole.change_fail_rate) == (1, 0.25)
    assert (whole.reworked, whole.rework_rate) == (1, 0.25)
    assert whole.time_to_restore == HOUR


def test_what_has_no_case_is_none_and_not_zero() -> None:
    whole = delivery([], WEDNESDAY, weeks=4)
    assert (whole.deployments, whole.change_fail_rate, whole.rework_rate) == (0, None, None)
    assert (whole.lead_time, whole.time_to_restore) == (None, None)


def test_commits_whose_time_is_unknown_or_in_the_future_do_not_spoil_it() -> None:
    future = record(WEDNESDAY, committed=-HOUR)
    assert delivery([future], WEDNESDAY, weeks=1).lead_time == timedelta(0)
    commit = ReleaseCommit(id="c" * 40, author="Ada", subject="s")
    unknown = future.model_copy(update={"contents": Contents(base="b" * 40, commits=(commit,), commit_count=1)})
    assert delivery([unknown], WEDNESDAY, weeks=1).lead_time is None


def test_a_first_release_has_no_lead_time_for_it_brings_the_whole_history() -> None:
    second = record(WEDNESDAY)
    assert second.contents is not None
    years = second.contents.model_copy(update={"base": None})
    first = second.model_copy(update={"contents": years})
    assert delivery([first], WEDNESDAY, weeks=1).lead_time is None
    assert delivery([first, second], WEDNESDAY, weeks=1).lead_time == HOUR


def test_each_metric_is_defined() -> None:
    assert len(DEFINITIONS) == 5
    assert all(text.endswith(".") for text in DEFINITIONS.values())
