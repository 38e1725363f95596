"""What a person reads before approving, as one value that the terminal and the console render.

Its texts are masked but not escaped: whoever renders them escapes them.
"""

import json
import shlex
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, BaseModel

from sentinel.core.audit.findings import Severity, StoredFinding
from sentinel.core.policy.model import Command, Policy
from sentinel.core.policy.pinning import PinnedFile, named_by
from sentinel.core.release.contents import ChangedFile, Changes, ReleaseCommit
from sentinel.core.release.holding import exceptions
from sentinel.core.release.model import Approval, Artifact, Deployed, Project, Release
from sentinel.core.values.free_text import FreeText
from sentinel.core.values.frozen import Frozen
from sentinel.core.values.printable import printable
from sentinel.core.values.times import Duration
from sentinel.core.values.urls import without_login

FINDINGS_SHOWN = 50
POLICY_CHANGES_SHOWN = 50


class Production(Frozen):
    """What production runs now, and since when."""

    tag: str
    commit: str
    since: AwareDatetime


class TestRun(Frozen):
    """The test run that counts for this release.

    Without `same_tree` it ran on a tree that differs only in what tests ignore.
    """

    __test__ = False  # pytest takes it for a class of tests

    commit: str
    tree: str
    ended_at: AwareDatetime
    seconds: float | None
    passed: bool
    same_tree: bool


class StagingRun(Frozen):
    """Staging has been healthy since `healthy_since`, and was checked again right before the question."""

    url: str
    healthy_since: AwareDatetime
    soak: Duration
    smoke: FreeText


class ShownScript(Frozen):
    """A pinned file that a command starts. `changed` is against what production runs; None if that is not known."""

    path: str
    sha256: str
    changed: bool | None


class ShownCommand(Frozen):
    """A command that runs: always, or only `on_failure` of the deployment."""

    name: Literal["set-up", "deployment", "rollback"]
    command: str
    scripts: tuple[ShownScript, ...]
    on_failure: bool = False


class Finding(Frozen):
    """A finding of this session; `resolved_by` is empty while it is open."""

    number: int
    severity: Severity
    rule: FreeText
    message: FreeText
    resolved_by: FreeText = ""
    reason: FreeText = ""


class PolicyChange(Frozen):
    """A key of sentinel.toml with its old and its new value; None if it is not set."""

    key: str
    before: FreeText | None
    after: FreeText | None


class Watched(Frozen):
    """The rules of the verification after the deployment."""

    window: Duration
    error_rate: float
    latency: Duration


class QuestionContent(Frozen):
    """Everything that belongs to the decision; durations are counted to `made_at`.

    A rollback has no commits, tests or staging of its own: it has a `reason` in the agent's words, and `leaving`,
    which production runs now. `policy_changes` is None if the earlier policy is not known. `exceptions`, which people
    made for this release alone, `unchecked` and `on_failure` are whole sentences.
    """

    kind: Literal["deployment", "rollback"]
    made_at: AwareDatetime
    asked_at: AwareDatetime
    expires_at: AwareDatetime
    asked_by: FreeText
    target: str
    commit: str
    production_url: str
    running: Production | None
    reason: FreeText = ""
    notes: FreeText = ""
    changes: Changes | None = None
    commits: tuple[ReleaseCommit, ...] = ()
    commit_count: int = 0
    files: tuple[ChangedFile, ...] = ()
    tests: TestRun | None = None
    staging: StagingRun | None = None
    artifacts: tuple[Artifact, ...] = ()
    commands: tuple[ShownCommand, ...] = ()
    findings: tuple[Finding, ...] = ()
    open_findings: int = 0
    policy_changes: tuple[PolicyChange, ...] | None = None
    watched: Watched | None = None
    exceptions: tuple[FreeText, ...] = ()
    unchecked: tuple[FreeText, ...] = ()
    on_failure: tuple[FreeText, ...] = ()


def question_content(
    project: Project, approval: Approval, findings: Sequence[StoredFinding], *, now: datetime, separated: bool
) -> QuestionContent | None:
    """What is shown with `approval`; None if an approval would have no effect any more."""
    if approval.kind == "deployment":
        release = project.release
        return _deployment(project, release, approval, findings, now, separated=separated) if release else None
    return _rollback(project, approval, now)


def _deployment(
    project: Project,
    release: Release,
    approval: Approval,
    findings: Sequence[StoredFinding],
    now: datetime,
    *,
    separated: bool,
) -> QuestionContent:
    policy, contents, running = release.policy, release.contents, project.production
    return QuestionContent(
        kind="deployment",
        made_at=now,
        asked_at=approval.requested.wall,
        expires_at=approval.expires_at,
        asked_by=_asked_by(approval),
        target=release.tag,
        commit=release.commit,
        production_url=without_login(policy.production.url),
        running=_production(running),
        notes=release.notes,
        changes=release.changes,
        commits=contents.commits if contents else (),
        commit_count=contents.commit_count if contents else 0,
        files=contents.files if contents else (),
        tests=_tests(project, release),
        staging=_staging(release),
        artifacts=release.artifacts,
        commands=_commands(project, release, running, separated=separated),
        findings=_findings(findings),
        open_findings=sum(found.resolution is None for found in findings),
        policy_changes=policy_changes(running.policy, policy) if running and running.policy else None,
        watched=_watched(policy),
        exceptions=exceptions(release),
        unchecked=tuple(_unchecked(release, running)),
        on_failure=_after_a_failed_deployment(running),
    )


def _rollback(project: Project, approval: Approval, now: datetime) -> QuestionContent | None:
    plan, pin = project.asked_rollback, project.pin
    if plan is None:
        return None
    leaving, target = plan.leaving, plan.target
    policy = leaving.policy or (pin.policy if pin else None)
    own = target.policy if target and target.policy else policy
    unproven = own.unproven() if own else None
    files = pin.files if pin and policy and pin.policy.as_written() == policy.as_written() else ()
    return QuestionContent(
        kind="rollback",
        made_at=now,
        asked_at=approval.requested.wall,
        expires_at=approval.expires_at,
        asked_by=_asked_by(approval),
        target=target.tag if target else "nothing",
        commit=target.commit if target else "",
        production_url=without_login(policy.production.url) if policy else "",
        running=_production(leaving),
        reason=plan.reason,
        artifacts=target.artifacts if target else (),
        commands=(_command("rollback", policy.production.rollback, files, None),) if policy else (),
        watched=_watched(own) if own else None,
        unchecked=(unproven,) if unproven else (),
        on_failure=("If the rollback fails, the project is HALTED and people are notified.",),
    )


def _asked_by(approval: Approval) -> str:
    """The actor, with the remote agent's token or the system user if one is known."""
    who = approval.requester
    known = f"token {who.token}" if who.token else f"user {who.user}" if who.user else ""
    return f"{approval.asked_by} ({known})" if approval.asked_by and known else approval.asked_by or known


def _production(running: Deployed | None) -> Production | None:
    return Production(tag=running.tag, commit=running.commit, since=running.deployed_at) if running else None


def _tests(project: Project, release: Release) -> TestRun | None:
    found = project.evidence
    if found is None:
        return None
    return TestRun(
        commit=found.commit,
        tree=found.tree,
        ended_at=found.ended.wall,
        seconds=found.seconds,
        passed=found.passed,
        same_tree=found.tree == release.tree,
    )


def _staging(release: Release) -> StagingRun | None:
    staged = release.staged
    if staged is None:
        return None
    return StagingRun(
        url=without_login(release.policy.staging.url),
        healthy_since=staged.soak.started.wall,
        soak=staged.soak.length,
        smoke=staged.smoke,
    )


def _commands(
    project: Project, release: Release, running: Deployed | None, *, separated: bool
) -> tuple[ShownCommand, ...]:
    """What runs in production; set-up does not run there in separated mode."""
    policy = release.policy
    files = project.pin.files if project.pin and project.pin.digest == release.policy_digest else ()
    contents = release.contents
    changed = frozenset(contents.pinned) if contents and contents.base is not None else None
    setup = policy.build.setup if not separated else None
    back = running is not None and bool(running.artifacts)
    return (
        *([_command("set-up", setup, files, changed)] if setup is not None else []),
        _command("deployment", policy.production.deploy, files, changed),
        *([_command("rollback", policy.production.rollback, files, changed, on_failure=True)] if back else []),
    )


def _command(
    name: Literal["set-up", "deployment", "rollback"],
    command: Command,
    files: tuple[PinnedFile, ...],
    changed: frozenset[str] | None,
    *,
    on_failure: bool = False,
) -> ShownCommand:
    words = (command,) if isinstance(command, str) else command
    named = frozenset(named_by(words))
    scripts = (
        ShownScript(
            path=file.path,
            sha256=file.sha256,
            changed=None if changed is None else printable(file.path, limit=300) in changed,
        )
        for file in files
        if file.path in named
    )
    shown = command if isinstance(command, str) else shlex.join(command)
    return ShownCommand(name=name, command=shown, scripts=tuple(scripts), on_failure=on_failure)


def _findings(findings: Sequence[StoredFinding]) -> tuple[Finding, ...]:
    """Open before resolved, high before low, the newest first."""
    ranked = sorted(
        findings,
        key=lambda found: (found.resolution is not None, found.finding.severity is Severity.LOW, -found.number),
    )
    return tuple(
        Finding(
            number=found.number,
            severity=found.finding.severity,
            rule=found.finding.rule,
            message=found.finding.message,
            resolved_by=found.resolution.by if found.resolution else "",
            reason=found.resolution.reason if found.resolution else "",
        )
        for found in ranked[:FINDINGS_SHOWN]
    )


def _watched(policy: Policy) -> Watched:
    rules = policy.production.verification
    return Watched(window=rules.window, error_rate=rules.error_rate, latency=rules.latency)


def _unchecked(release: Release, running: Deployed | None) -> Iterator[str]:
    """What could not be checked, and what else a person must know."""
    yield from filter(None, (release.policy.unchecked(), *release.remarks, release.policy.unproven()))
    if release.policy.staging.version_path is None:
        yield "The policy has no `staging.version_path`: nothing proves which release answers on staging."
    if running is None:
        yield "There is no earlier release: every file counts as changed."
    elif running.policy is None:
        yield f"Sentinel did not prepare {running.tag}: its policy cannot be compared with this one."
    if release.contents is None:
        yield "An earlier version of Sentinel prepared this release and did not record its commits and files."


def _after_a_failed_deployment(running: Deployed | None) -> tuple[str, ...]:
    causes = "If the script fails, production is unhealthy or the verification fails"
    if running is not None and running.artifacts:
        back = f"{causes}, Sentinel rolls back to {running.tag} by itself."
        return (back, "If the rollback fails too, the project is HALTED and people are notified.")
    why = f"nothing of {running.tag} is kept" if running else "there is no earlier release"
    return (f"{causes}, the project is HALTED and people are notified: {why}, so there is nothing to go back to.",)


def policy_changes(before: Policy, after: Policy) -> tuple[PolicyChange, ...]:
    """Every key whose value differs, in the order of the policy's tables."""
    old, new = dict(_keys(before.as_written())), dict(_keys(after.as_written()))
    changes = (
        PolicyChange(key=key, before=old.get(key), after=new.get(key))
        for key in dict.fromkeys((*new, *old))
        if old.get(key) != new.get(key)
    )
    return tuple(changes)[:POLICY_CHANGES_SHOWN]


def _keys(section: BaseModel, prefix: str = "") -> Iterator[tuple[str, str]]:
    """`production.timeout` and its value as TOML would write it; keys that are not set are left out."""
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        key = f"{prefix}{field.alias or name}"
        if isinstance(value, BaseModel):
            yield from _keys(value, f"{key}.")
        elif value is not None:
            yield key, _written(section, name)


def _written(section: BaseModel, name: str) -> str:
    document = section.model_dump(mode="json", include={name}, by_alias=False)
    return json.dumps(document[name], ensure_ascii=False)
