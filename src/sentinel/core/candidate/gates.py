"""The gates before a release candidate: a verdict, a fragment and a fix each."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sentinel.core.candidate.checklist import UnclearTask
from sentinel.core.candidate.commit_files import Difference, How
from sentinel.core.policy.model import Policy
from sentinel.core.release.model import BlockedBy, Evidence, Hotfix
from sentinel.core.values.printable import printable
from sentinel.core.values.semver import Bump
from sentinel.core.values.times import Instant, countdown, write_duration


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found about a commit; every gate is a function of this value alone."""

    policy: Policy
    now: Instant
    tree: str
    content: str
    open_tasks: tuple[str, ...]
    tasks: int
    uncommitted: tuple[Difference, ...]
    high_findings: int
    evidence: Evidence | None
    distrust: str | None
    changelog_fault: BlockedBy | None
    unclear_tasks: tuple[UnclearTask, ...] = ()
    no_sprint_file: str = ""
    unready: tuple[BlockedBy, ...] = ()
    requested: Bump = Bump.PATCH
    hotfix: Hotfix | None = None
    unreviewed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A gate's answer; without a `fragment` it passes."""

    gate: str
    fragment: str | None = None
    message: str = ""
    fix: str = ""

    @property
    def holds(self) -> bool:
        return self.fragment is None

    def blocked_by(self) -> BlockedBy:
        return BlockedBy(gate=self.gate, message=self.message, fix=self.fix)


def sprint_gate(facts: Facts) -> Verdict:
    """Every task of the sprint is done, and there is at least one."""
    file = facts.policy.sprint.file
    if not facts.tasks:
        message = facts.no_sprint_file or f"{file} has no task at the candidate commit."
        return Verdict("sprint", "No Tasks", message, f'Write the sprint\'s tasks into {file} as "- [x] done".')
    count = len(facts.open_tasks) + len(facts.unclear_tasks)
    if not count:
        return Verdict("sprint")
    fragment = "1 Open Task" if count == 1 else f"{count} Open Tasks"
    messages, fixes = [], []
    if facts.open_tasks:
        messages.append(
            f"{file} still has open tasks: {_listed([printable(task, limit=80) for task in facts.open_tasks])}."
        )
        fixes.append(f"Finish them, tick them off in {file} and commit it.")
    if facts.unclear_tasks:
        lines = _listed([f'{file}:{task.line}: "{task.text}"' for task in facts.unclear_tasks])
        messages.append(f"Neither open nor done: {lines}.")
        fixes.append(f'Write each as "- [ ] open" or "- [x] done", or remove it, and commit {file}.')
    return Verdict("sprint", fragment, " ".join(messages), " ".join(fixes))


def _listed(tasks: Sequence[str]) -> str:
    return f"{'; '.join(tasks[:5])}{'; …' if len(tasks) > 5 else ''}"


def clean_tree_gate(facts: Facts) -> Verdict:
    """The working tree is clean: what is released is what is committed."""
    if not facts.uncommitted:
        return Verdict("clean-tree")
    known = [one for one in facts.uncommitted if one.how != "unknown"]
    unknown = [one for one in facts.uncommitted if one.how == "unknown"]
    messages = [f"The working tree differs from the last commit: {_files(known, _as_known)}."] if known else []
    if unknown:
        messages.append(
            f"Sentinel runs no filters, so it cannot tell whether these are changed: {_files(unknown, _as_filtered)}."
        )
    fixes = [fix for how, fix in _FIXES.items() if any(one.how == how for one in facts.uncommitted)]
    return Verdict("clean-tree", "a Dirty Git Tree", " ".join(messages), " ".join(fixes))


_FIXES: dict[How, str] = {
    "changed": "Commit changed files, or undo the change with `git restore FILE`.",
    "new": "Commit new files, or ignore or remove them.",
    "gone": "Restore missing files with `git restore FILE`, or commit their removal.",
    "unknown": "Run `git status`: git records which files are unchanged, and Sentinel accepts that record.",
}


def _files(differences: Sequence[Difference], said: Callable[[Difference], str]) -> str:
    return f"{', '.join(map(said, differences[:5]))}{', …' if len(differences) > 5 else ''}"


def _as_known(difference: Difference) -> str:
    return f"{printable(difference.path, limit=80)} ({difference.how})"


def _as_filtered(difference: Difference) -> str:
    return f"{printable(difference.path, limit=80)} (goes through the filter {printable(difference.filter, limit=80)})"


def findings_gate(facts: Facts) -> Verdict:
    """No finding of high severity in this sprint is unresolved."""
    count = facts.high_findings
    if not count:
        return Verdict("audit")
    plural = "" if count == 1 else "s"
    return Verdict(
        "audit",
        f"{count} Unresolved High Severity Audit Log{plural}",
        f"{count} high severity finding{plural} of this sprint {'is' if count == 1 else 'are'} unresolved.",
        'A person reads them with `sentinel audit list --findings` and runs `sentinel audit resolve N --reason "…"`.',
    )


def tests_gate(facts: Facts) -> Verdict:
    """The regression suite passed recently on this very tree."""
    evidence, fix = facts.evidence, "Call `run_tests`."
    if evidence is None:
        return Verdict("tests", "No Test Run", "Sentinel has not run the tests in this sprint.", fix)
    if not evidence.covers(facts.tree, facts.content):
        message = f"The last test run was on commit {evidence.commit[:12]}, whose content differs."
        return Verdict("tests", "Stale Tests", message, fix)
    if not evidence.passed:
        return Verdict("tests", "Failing Tests", evidence.summary, "Fix what fails, commit it, and call `run_tests`.")
    age, allowed = evidence.ended.longest_to(facts.now), facts.policy.tests.max_age
    if age < timedelta(0):
        message = "The clock was set back after the tests passed, so their age is unknown."
        return Verdict("tests", "Stale Tests", message, fix)
    if age > allowed:
        message = f"The tests passed {countdown(age)} ago; they count for {write_duration(allowed)}."
        return Verdict("tests", "Stale Tests", message, fix)
    return Verdict("tests")


def build_gate(fault: str | None) -> Verdict:
    """The build passes; decided after the other gates, because it costs a build."""
    if fault is None:
        return Verdict("build")
    return Verdict("build", "a Failing Build", fault, "Fix the build, commit it, run the tests and prepare again.")


def trust_gate(facts: Facts) -> Verdict:
    """Nothing the repository names is executed before a person has trusted it."""
    if facts.distrust is None:
        return Verdict("trust")
    fix = "A person reads the change and runs `sentinel trust`."
    return Verdict("trust", "an Untrusted Policy", facts.distrust, fix)


def changelog_gate(facts: Facts) -> Verdict:
    """The changelog names the next version."""
    fault = facts.changelog_fault
    if fault is None:
        return Verdict("changelog")
    return Verdict("changelog", "an Unusable Changelog", fault.message, fault.fix)


def environment_gate(facts: Facts) -> Verdict:
    """What scripts need is checked before a person is asked, not when production needs it."""
    return _unready(facts, "environment", "an Incomplete Environment", "an Incomplete Environment")


def scripts_gate(facts: Facts) -> Verdict:
    """Scripts that cannot run are found before staging, and a rollback script before it is needed."""
    count = sum(fault.gate == "scripts" for fault in facts.unready)
    return _unready(facts, "scripts", "an Unusable Script", f"{count} Unusable Scripts")


def signing_gate(facts: Facts) -> Verdict:
    """The signing key works, and stays valid beyond the soak and the question."""
    return _unready(facts, "signing", "an Unusable Signing Key", "an Unusable Signing Key")


def hotfix_gate(facts: Facts) -> Verdict:
    """A hotfix is a patch; a larger release waits until earlier hotfixes have been reviewed."""
    if facts.hotfix is not None and facts.policy.hotfix is None:
        message = "A hotfix is open, and the policy at the candidate commit has no `[hotfix]`."
        return Verdict(
            "hotfix", "a Hotfix Without a Policy", message, "A person ends the hotfix with `sentinel hotfix end`."
        )
    if facts.requested is Bump.PATCH:
        return Verdict("hotfix")
    if facts.hotfix is not None:
        message = f"A hotfix is open and must be a patch; the request is for a {facts.requested} release."
        return Verdict("hotfix", "a Hotfix That Is No Patch", message, f"Request a patch. {_END_HOTFIX}")
    if not facts.unreviewed:
        return Verdict("hotfix")
    count, numbers = len(facts.unreviewed), ", ".join(map(str, facts.unreviewed))
    fragment = "1 Unreviewed Hotfix" if count == 1 else f"{count} Unreviewed Hotfixes"
    message = f"Nobody has reviewed what went to production as a hotfix: finding {numbers}."
    fix = 'A person reviews it and runs `sentinel audit resolve N --reason "…"`; a patch does not wait for that.'
    return Verdict("hotfix", fragment, message, fix)


_END_HOTFIX = "A person can end the hotfix with `sentinel hotfix end`."


def _unready(facts: Facts, gate: str, one: str, several: str) -> Verdict:
    """All faults of the gate in one message, each with its own fix if they differ."""
    faults = [fault for fault in facts.unready if fault.gate == gate]
    if not faults:
        return Verdict(gate)
    message = " ".join(fault.message for fault in faults)
    fix = " ".join(dict.fromkeys(fault.fix for fault in faults))
    return Verdict(gate, one if len(faults) == 1 else several, message, fix)


def judge(facts: Facts, *, build_fault: str | None = None) -> tuple[Verdict, ...]:
    """Every gate's verdict, in the order in which the sentence names them."""
    return (
        sprint_gate(facts),
        clean_tree_gate(facts),
        findings_gate(facts),
        tests_gate(facts),
        build_gate(build_fault),
        trust_gate(facts),
        changelog_gate(facts),
        environment_gate(facts),
        scripts_gate(facts),
        signing_gate(facts),
        hotfix_gate(facts),
    )


def blocked_sentence(verdicts: Sequence[Verdict]) -> str | None:
    """`Release Blocked. You have A, B and C.`, or None if every gate passes."""
    fragments = [verdict.fragment for verdict in verdicts if verdict.fragment is not None]
    if not fragments:
        return None
    *first, last = fragments
    listed = f"{', '.join(first)} and {last}" if first else last
    return f"Release Blocked. You have {listed}."
