"""Past releases as lines for a terminal; everything from outside is made printable here."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sentinel.core.audit.chain import AuditEntry
from sentinel.core.release.record import ApprovedBy, ReleaseRecord
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, Style, heading, item, labelled
from sentinel.core.values.times import spoken

COMMITS_SHOWN = 15
_STYLES: dict[str, Style] = {
    "released": "green",
    "adopted": "green",
    "rolling back": "red",
    "rolled back": "red",
    "halted": "red",
    "abandoned": "dim",
}


def table_lines(records: Sequence[ReleaseRecord], screen: Screen) -> Iterator[str]:
    """At least two lines a release: its status and when, who approved it, and why it was rolled back."""
    width = max((len(printable(record.tag, limit=40)) for record in records), default=0)
    for record in records:
        status = screen.paint(record.status, _STYLES.get(record.status, "cyan"))
        yield f"{printable(record.tag, limit=40):<{width}}  {status}, {at(_when(record))}"
        margin = " " * (width + 2)
        if record.approved is not None and record.status != "adopted":
            yield from item(screen, f"approved by {approved(record.approved)}", mark=margin)
        if record.why:
            yield from item(screen, printable(record.why.partition("\n")[0]), mark=margin)


def _when(record: ReleaseRecord) -> datetime:
    """The moment that belongs to its status."""
    moments = {"released": record.verified_at, "in production": record.deployed_at, "rolled back": record.ended_at}
    return moments.get(record.status) or record.left_at or record.ended_at or record.prepared_at


def detail_lines(record: ReleaseRecord, entries: Sequence[AuditEntry], screen: Screen) -> Iterator[str]:
    """Everything that is kept of one release."""
    status = screen.paint(record.status, _STYLES.get(record.status, "cyan"))
    yield f"{screen.paint(printable(record.tag), 'bold')}  {status}, {at(_when(record))}"
    yield from labelled(screen, "commit", printable(record.commit))
    if record.tag_object:
        yield from labelled(screen, "tag object", printable(record.tag_object))
    if record.changes is not None:
        yield from labelled(screen, "changes", str(record.changes))
    if record.tests is not None:
        yield from labelled(screen, "tests", _tests(record))
    yield from _moments(record, screen)
    if record.why:
        yield from labelled(screen, "why", printable(record.why, limit=2000))
    for title, lines in (
        ("Notes", _notes(record, screen)),
        ("Commits", _commits(record, screen)),
        ("Artifacts (sha256)", _artifacts(record, screen)),
        ("History", _entries(entries, screen)),
    ):
        if shown := tuple(lines):
            yield from ("", heading(screen, title), *shown)


def _tests(record: ReleaseRecord) -> str:
    tests = record.tests
    if tests is None:
        return ""
    took = f" in {spoken(timedelta(seconds=tests.seconds))}" if tests.seconds is not None else ""
    return f"{'passed' if tests.passed else 'FAILED'}{took} on tree {tests.tree[:12]}, {at(tests.ended.wall)}"


def _moments(record: ReleaseRecord, screen: Screen) -> Iterator[str]:
    if record.status != "adopted":
        yield from labelled(screen, "prepared", at(record.prepared_at))
    if record.staged_at is not None:
        yield from labelled(screen, "staged", at(record.staged_at))
    if record.approved is not None:
        label = "adopted" if record.status == "adopted" else "approved"
        yield from labelled(screen, label, f"{at(record.approved.at)} by {approved(record.approved)}")
    if record.deployed_at is not None:
        yield from labelled(screen, "deployed", at(record.deployed_at))
    if record.verified_at is not None:
        yield from labelled(screen, "verified", f"{at(record.verified_at)}: {printable(record.verified)}")
    if record.left_at is not None:
        yield from labelled(screen, "left", at(record.left_at))


def _notes(record: ReleaseRecord, screen: Screen) -> Iterator[str]:
    for line in record.notes.split("\n"):
        if line:
            yield from item(screen, printable(line))


def _commits(record: ReleaseRecord, screen: Screen) -> Iterator[str]:
    contents = record.contents
    if contents is None:
        return
    room = (screen.width or 120) - 3
    for commit in contents.commits[:COMMITS_SHOWN]:
        yield f"  {printable(f'{commit.id[:9]}  {commit.author[:20]:<20}  {commit.subject}', limit=room)}"
    if (more := contents.commit_count - COMMITS_SHOWN) > 0:
        yield f"  and {more} more"


def _artifacts(record: ReleaseRecord, screen: Screen) -> Iterator[str]:
    for name, sha256 in record.artifacts.items():
        yield from item(screen, printable(name))
        yield f"    {printable(sha256, limit=64)}"


def _entries(entries: Sequence[AuditEntry], screen: Screen) -> Iterator[str]:
    for entry in entries:
        first = entry.summary.partition("\n")[0]
        yield from item(screen, f"{printable(entry.actor)}: {printable(first)}", mark=f"  {at(entry.at)}  ")


def approved(by: ApprovedBy) -> str:
    who = f"{', '.join(map(printable, by.signers))} (signed)" if by.signers else printable(by.by)
    where = f", {printable(by.channel)}" if by.channel else ""
    return f"{who}{where}{', proven' if by.proven else ''}"


def at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
