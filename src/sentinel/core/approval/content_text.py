"""The content of a question as lines for a terminal; everything from outside is made printable here."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sentinel.core.approval.content import Finding, QuestionContent, ShownCommand, ShownScript
from sentinel.core.values.printable import printable
from sentinel.core.values.screen import Screen, heading, item, labelled
from sentinel.core.values.times import countdown, spoken, write_duration

COMMITS_SHOWN = 15
ARTIFACTS_SHOWN = 20
FINDINGS_SHOWN = 15
_EXCEPTIONS, _UNCHECKED = _WARNS = ("Exceptions for this release", "Not checked")
_SIDE = 60
"""Characters of either value of a changed key."""


def content_text(content: QuestionContent, screen: Screen) -> Iterator[str]:
    """Everything but the block that is approved, which stands below it."""
    yield from _summary(content, screen)
    for title, lines in (
        ("Reason", _reason(content, screen)),
        (_EXCEPTIONS, _sentences(content.exceptions, screen)),
        (_UNCHECKED, _sentences(content.unchecked, screen)),
        ("Notes", _notes(content, screen)),
        ("Commits", _commits(content, screen)),
        ("Largest changes", _files(content, screen)),
        ("Findings", _findings(content, screen)),
        ("Changes of the policy", _policy(content, screen)),
        ("Runs in production", _commands(content, screen)),
        ("Artifacts", _artifacts(content, screen)),
        ("If it fails", _sentences(content.on_failure, screen)),
    ):
        if shown := tuple(lines):
            yield from ("", screen.paint(title, "yellow") if title in _WARNS else heading(screen, title), *shown)


def _summary(content: QuestionContent, screen: Screen) -> Iterator[str]:
    yield from labelled(screen, "production", printable(content.production_url))
    yield from labelled(screen, "runs now", _running(content))
    changes = f", {content.changes}" if content.changes else ""
    verb = "gets" if content.kind == "deployment" else "goes back to"
    yield from labelled(screen, verb, f"{printable(content.target)} (commit {content.commit[:12]}){changes}")
    if content.kind == "deployment":
        yield from labelled(screen, "tests", _tests(content))
        yield from labelled(screen, "staging", _staging(content))
    if content.watched is not None:
        rules = content.watched
        limits = f"error rate over {100 * rules.error_rate:g} % or latency over {write_duration(rules.latency)}"
        yield from labelled(screen, "then", f"watched for {write_duration(rules.window)}: {limits} fails it")
    yield from labelled(screen, "asked by", f"{printable(content.asked_by) or 'not recorded'}, {_at(content.asked_at)}")
    left = countdown(content.expires_at - content.made_at)
    yield from labelled(screen, "expires", f"in {left}, {_at(content.expires_at)}")


def _running(content: QuestionContent) -> str:
    running = content.running
    if running is None:
        return "nothing that Sentinel knows of"
    since = f"for {spoken(content.made_at - running.since)}, since {_at(running.since)}"
    return f"{printable(running.tag)} (commit {running.commit[:12]}), {since}"


def _tests(content: QuestionContent) -> str:
    tests = content.tests
    if tests is None:
        return "no run is recorded"
    took = f" in {spoken(timedelta(seconds=tests.seconds))}" if tests.seconds is not None else ""
    tree = "this tree" if tests.same_tree else "a tree that differs in nothing tests depend on"
    ago = f"{spoken(content.made_at - tests.ended_at)} ago, {_at(tests.ended_at)}"
    return f"{'passed' if tests.passed else 'FAILED'}{took} on {tree} ({tests.tree[:12]}), {ago}"


def _staging(content: QuestionContent) -> str:
    staging = content.staging
    if staging is None:
        return "no deployment is recorded"
    healthy = f"healthy for {spoken(content.made_at - staging.healthy_since)}"
    smoke = f"; smoke test {printable(staging.smoke)}" if staging.smoke else "; smoke test passed"
    return f"{printable(staging.url)}, {healthy} (soak {write_duration(staging.soak)}){smoke}"


def _reason(content: QuestionContent, screen: Screen) -> Iterator[str]:
    if content.reason:
        yield from item(screen, printable(content.reason))


def _sentences(sentences: tuple[str, ...], screen: Screen) -> Iterator[str]:
    for sentence in sentences:
        yield from item(screen, printable(sentence), mark="- ")


def _notes(content: QuestionContent, screen: Screen) -> Iterator[str]:
    for line in content.notes.split("\n"):
        if line:
            yield from item(screen, printable(line))


def _commits(content: QuestionContent, screen: Screen) -> Iterator[str]:
    """Identifier, author and subject, cut to one line each."""
    room = (screen.width or 120) - 2
    for commit in content.commits[:COMMITS_SHOWN]:
        yield f"  {printable(f'{commit.id[:9]}  {commit.author[:20]:<20}  {commit.subject}', limit=room - 1)}"
    if (more := content.commit_count - COMMITS_SHOWN) > 0:
        yield f"  and {more} more"


def _files(content: QuestionContent, screen: Screen) -> Iterator[str]:
    for file in content.files:
        lines = f"+{file.insertions}/-{file.deletions}" if file.insertions is not None else "binary"
        yield from item(screen, f"{lines:<13} {printable(file.path)}")
    if content.changes is not None and content.files and (more := content.changes.files - len(content.files)) > 0:
        yield f"  and {more} smaller"


def _findings(content: QuestionContent, screen: Screen) -> Iterator[str]:
    if content.kind == "rollback":
        return
    if not content.findings:
        yield "  none"
    for finding in content.findings[:FINDINGS_SHOWN]:
        yield from item(screen, _finding(finding))
    if (more := len(content.findings) - FINDINGS_SHOWN) > 0:
        yield f"  and {more} more: `sentinel audit list --findings --all`"


def _finding(finding: Finding) -> str:
    text = f"{finding.number} {finding.severity} {printable(finding.rule)}: {printable(finding.message)}"
    if finding.resolved_by:
        return f"{text} (resolved by {printable(finding.resolved_by)}: {printable(finding.reason)})"
    return f"{text} (open)"


def _policy(content: QuestionContent, screen: Screen) -> Iterator[str]:
    if content.policy_changes is None:
        return
    if not content.policy_changes:
        yield "  none"
    for change in content.policy_changes:
        before, after = (
            printable(side, limit=_SIDE) if side is not None else "not set" for side in (change.before, change.after)
        )
        yield from item(screen, f"{printable(change.key)}: {before} -> {after}")


def _commands(content: QuestionContent, screen: Screen) -> Iterator[str]:
    for command in content.commands:
        yield from item(screen, _command(command))
        for script in command.scripts:
            for line in item(screen, _script(script, content), mark="    "):
                yield line.replace("CHANGED", screen.paint("CHANGED", "yellow"))


def _command(command: ShownCommand) -> str:
    when = " (on failure)" if command.on_failure else ""
    return f"{command.name}{when}: {printable(command.command)}"


def _script(script: ShownScript, content: QuestionContent) -> str:
    since = f" since {printable(content.running.tag)}" if content.running else ""
    changed = {True: f"CHANGED{since}", False: f"unchanged{since}", None: "not compared"}[script.changed]
    return f"{printable(script.path)}: {changed}, sha256 {script.sha256[:16]}…"


def _artifacts(content: QuestionContent, screen: Screen) -> Iterator[str]:
    for artifact in content.artifacts[:ARTIFACTS_SHOWN]:
        yield from item(screen, f"{printable(artifact.name)}, {artifact.size} bytes, sha256")
        yield f"    {artifact.sha256}"
    if (more := len(content.artifacts) - ARTIFACTS_SHOWN) > 0:
        yield f"  and {more} more"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
