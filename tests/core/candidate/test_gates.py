"""The gates before a release candidate: verdict, fragment and fix of each, and the sentence that names them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.checklist import UnclearTask
from sentinel.core.candidate.commit_files import Difference
from sentinel.core.candidate.gates import Facts, Verdict, blocked_sentence, judge
from sentinel.core.release.model import BlockedBy, Evidence, Hotfix
from sentinel.core.values.semver import Bump
from sentinel.core.values.times import Instant
from tests.core.projects import NOON, evidence, instant, policy

MINUTE = timedelta(minutes=1)
CALL = "Call `run_tests`."
RESOLVE = 'A person reads them with `sentinel audit list --findings` and runs `sentinel audit resolve N --reason "…"`.'
CHANGELOG = BlockedBy(gate="changelog", message="The changelog is empty.", fix="Write it.")
UNTRUSTED = "The policy is not the trusted one: sentinel.toml was changed."
FAULT = "make build ended with 2."


def gone(names: str) -> tuple[Difference, ...]:
    return tuple(Difference(path=name, how="gone") for name in names)


def suite_run(**fields: object) -> Evidence:
    """Tests that passed at noon on the candidate's tree, but for `fields`."""
    return evidence().model_copy(update=fields)


def facts(**changed: Any) -> Facts:
    """All is well one minute after the tests passed, but for what is `changed`."""
    good = Facts(
        policy=policy(),
        now=instant(MINUTE),
        tree=suite_run().tree,
        content="",
        open_tasks=(),
        tasks=3,
        uncommitted=(),
        high_findings=0,
        evidence=suite_run(),
        distrust=None,
        changelog_fault=None,
    )
    return replace(good, **changed)


@pytest.mark.parametrize(
    ("tested", "now", "holds"),
    [("same", "same", True), ("one", "other", False), ("", "", False), ("", "same", False), ("same", "", False)],
)
def test_tests_of_another_tree_count_where_what_they_depend_on_is_the_same(
    tested: str, now: str, *, holds: bool
) -> None:
    found = verdict("tests", tree="another", content=now, evidence=suite_run(content=tested))
    assert found.holds == holds


def verdict(gate: str, *, build_fault: str | None = None, **changed: Any) -> Verdict:
    return next(found for found in judge(facts(**changed), build_fault=build_fault) if found.gate == gate)


def test_when_all_is_well_every_gate_holds_and_there_is_no_sentence() -> None:
    verdicts = judge(facts())
    assert [found.gate for found in verdicts if found.holds] == [
        "sprint",
        "clean-tree",
        "audit",
        "tests",
        "build",
        "trust",
        "changelog",
        "environment",
        "scripts",
        "signing",
        "hotfix",
    ]
    assert blocked_sentence(verdicts) is None


@pytest.mark.requirement("P1.1-blocked-message", "P1.1-sprint", "P1.1-tests")
def test_one_open_task_and_tests_of_sixteen_minutes_ago_are_the_protocols_own_sentence() -> None:
    verdicts = judge(facts(open_tasks=("Write the manual",), now=instant(16 * MINUTE)))
    assert blocked_sentence(verdicts) == "Release Blocked. You have 1 Open Task and Stale Tests."


VERDICTS: dict[str, tuple[str, dict[str, Any], str, str, str]] = {
    "one task is open": (
        "sprint",
        {"open_tasks": ("Pay",)},
        "1 Open Task",
        "SPRINT.md still has open tasks: Pay.",
        "Finish them, tick them off in SPRINT.md and commit it.",
    ),
    "a task is neither open nor done": (
        "sprint",
        {"open_tasks": ("Pay",), "unclear_tasks": (UnclearTask(line=4, text="- [/] Ship"),)},
        "2 Open Tasks",
        'SPRINT.md still has open tasks: Pay. Neither open nor done: SPRINT.md:4: "- [/] Ship".',
        "Finish them, tick them off in SPRINT.md and commit it. "
        'Write each as "- [ ] open" or "- [x] done", or remove it, and commit SPRINT.md.',
    ),
    "there is no file": (
        "sprint",
        {"tasks": 0, "no_sprint_file": "There is no SPRINT.md at the candidate commit."},
        "No Tasks",
        "There is no SPRINT.md at the candidate commit.",
        'Write the sprint\'s tasks into SPRINT.md as "- [x] done".',
    ),
    "many tasks are open": (
        "sprint",
        {"open_tasks": tuple("abcdefg")},
        "7 Open Tasks",
        "SPRINT.md still has open tasks: a; b; c; d; e; ….",
        "Finish them, tick them off in SPRINT.md and commit it.",
    ),
    "five tasks are open": (
        "sprint",
        {"open_tasks": tuple("abcde")},
        "5 Open Tasks",
        "SPRINT.md still has open tasks: a; b; c; d; e.",
        "Finish them, tick them off in SPRINT.md and commit it.",
    ),
    "there is no task": (
        "sprint",
        {"tasks": 0},
        "No Tasks",
        "SPRINT.md has no task at the candidate commit.",
        'Write the sprint\'s tasks into SPRINT.md as "- [x] done".',
    ),
    "a file is not committed": (
        "clean-tree",
        {"uncommitted": (Difference(path="shop.py", how="changed"), Difference(path="new\x1b.py", how="new"))},
        "a Dirty Git Tree",
        r"The working tree differs from the last commit: shop.py (changed), new\x1b.py (new).",
        "Commit changed files, or undo the change with `git restore FILE`. Commit new files, or ignore or remove them.",
    ),
    "five files are not committed": (
        "clean-tree",
        {"uncommitted": gone("abcde")},
        "a Dirty Git Tree",
        "The working tree differs from the last commit: a (gone), b (gone), c (gone), d (gone), e (gone).",
        "Restore missing files with `git restore FILE`, or commit their removal.",
    ),
    "many files are not committed": (
        "clean-tree",
        {"uncommitted": gone("abcdef")},
        "a Dirty Git Tree",
        "The working tree differs from the last commit: a (gone), b (gone), c (gone), d (gone), e (gone), ….",
        "Restore missing files with `git restore FILE`, or commit their removal.",
    ),
    "a file goes through a filter": (
        "clean-tree",
        {"uncommitted": (Difference(path="book.ipynb", how="unknown", filter="strip"),)},
        "a Dirty Git Tree",
        "Sentinel runs no filters, so it cannot tell whether these are changed: "
        "book.ipynb (goes through the filter strip).",
        "Run `git status`: git records which files are unchanged, and Sentinel accepts that record.",
    ),
    "one finding is high": (
        "audit",
        {"high_findings": 1},
        "1 Unresolved High Severity Audit Log",
        "1 high severity finding of this sprint is unresolved.",
        RESOLVE,
    ),
    "two findings are high": (
        "audit",
        {"high_findings": 2},
        "2 Unresolved High Severity Audit Logs",
        "2 high severity findings of this sprint are unresolved.",
        RESOLVE,
    ),
    "nobody ran the tests": (
        "tests",
        {"evidence": None},
        "No Test Run",
        "Sentinel has not run the tests in this sprint.",
        CALL,
    ),
    "the tests are old": (
        "tests",
        {"now": instant(16 * MINUTE)},
        "Stale Tests",
        "The tests passed 16:00 ago; they count for 15m.",
        CALL,
    ),
    "the tests ran on another tree": (
        "tests",
        {"evidence": suite_run(tree="e" * 40)},
        "Stale Tests",
        "The last test run was on commit cccccccccccc, whose content differs.",
        CALL,
    ),
    "the tests fail": (
        "tests",
        {"evidence": suite_run(passed=False, summary="2 failed")},
        "Failing Tests",
        "2 failed",
        "Fix what fails, commit it, and call `run_tests`.",
    ),
    "the build fails": (
        "build",
        {"build_fault": FAULT},
        "a Failing Build",
        FAULT,
        "Fix the build, commit it, run the tests and prepare again.",
    ),
    "the policy is not trusted": (
        "trust",
        {"distrust": UNTRUSTED},
        "an Untrusted Policy",
        UNTRUSTED,
        "A person reads the change and runs `sentinel trust`.",
    ),
    "the changelog is no use": (
        "changelog",
        {"changelog_fault": CHANGELOG},
        "an Unusable Changelog",
        CHANGELOG.message,
        CHANGELOG.fix,
    ),
    "two scripts cannot run": (
        "scripts",
        {
            "unready": (
                BlockedBy(gate="scripts", message="A cannot run.", fix="Mend A."),
                BlockedBy(gate="scripts", message="B cannot run.", fix="Mend B."),
            )
        },
        "2 Unusable Scripts",
        "A cannot run. B cannot run.",
        "Mend A. Mend B.",
    ),
    "what a script needs is missing": (
        "environment",
        {
            "unready": (
                BlockedBy(gate="environment", message="A is missing.", fix="Set it."),
                BlockedBy(gate="environment", message="B is missing.", fix="Set it."),
            )
        },
        "an Incomplete Environment",
        "A is missing. B is missing.",
        "Set it.",
    ),
}


@pytest.mark.requirement("P1.1-sprint", "P1.1-clean-tree", "P1.1-audit", "P1.1-tests")
@pytest.mark.parametrize(("gate", "changed", "fragment", "message", "fix"), VERDICTS.values(), ids=VERDICTS)
def test_a_gate_that_does_not_hold_says_what_is_wrong_and_how_to_mend_it(
    gate: str, changed: dict[str, Any], fragment: str, message: str, fix: str
) -> None:
    found = verdict(gate, **changed)
    assert (found.holds, found.fragment) == (False, fragment)
    assert found.blocked_by() == BlockedBy(gate=gate, message=message, fix=fix)


IN_ORDER: dict[str, dict[str, Any]] = {
    "2 Open Tasks": {"open_tasks": ("Write it", "Test it")},
    "a Dirty Git Tree": {"uncommitted": gone("a")},
    "1 Unresolved High Severity Audit Log": {"high_findings": 1},
    "Failing Tests": {"evidence": suite_run(passed=False)},
    "a Failing Build": {"build_fault": FAULT},
    "an Untrusted Policy": {"distrust": UNTRUSTED},
    "an Unusable Changelog": {"changelog_fault": CHANGELOG},
}


@given(st.sets(st.sampled_from(sorted(IN_ORDER)), min_size=1))
def test_whatever_is_wrong_is_named_in_the_designs_order(wrong: set[str]) -> None:
    changed = {key: value for fragment in wrong for key, value in IN_ORDER[fragment].items()}
    build_fault = changed.pop("build_fault", None)
    sentence = blocked_sentence(judge(facts(**changed), build_fault=build_fault))
    expected = [fragment for fragment in IN_ORDER if fragment in wrong]
    assert sentence is not None
    head, _, last = sentence.removesuffix(".").removeprefix("Release Blocked. You have ").rpartition(" and ")
    assert [*(head.split(", ") if head else ()), last] == expected


def test_all_that_can_be_wrong_is_one_sentence() -> None:
    changed = {key: value for change in IN_ORDER.values() for key, value in change.items() if key != "build_fault"}
    assert blocked_sentence(judge(facts(**changed), build_fault=FAULT)) == (
        "Release Blocked. You have 2 Open Tasks, a Dirty Git Tree, 1 Unresolved High Severity Audit Log, "
        "Failing Tests, a Failing Build, an Untrusted Policy and an Unusable Changelog."
    )


@pytest.mark.requirement("P1.1-tests")
@given(age=st.timedeltas(timedelta(0), timedelta(days=400)), passed=st.booleans())
def test_tests_of_another_tree_are_stale_whatever_their_age(age: timedelta, *, passed: bool) -> None:
    found = verdict("tests", evidence=suite_run(tree="e" * 40, passed=passed), now=instant(age))
    assert found.fragment == "Stale Tests"


def moment(wall: timedelta, boot: timedelta) -> Instant:
    """The clocks at some time after noon on the same boot, each as it shows it."""
    return Instant(wall=instant(wall).wall, boot_id=instant().boot_id, boot_seconds=instant(boot).boot_seconds)


ANOTHER_BOOT = moment(MINUTE, timedelta(days=9)).model_copy(update={"boot_id": "boot-2"})
AGES = {
    "just now": (instant(), None),
    "exactly fifteen minutes": (instant(15 * MINUTE), None),
    "a microsecond more": (instant(15 * MINUTE + timedelta(microseconds=1)), "Stale Tests"),
    "the clock was set back an hour": (moment(-45 * MINUTE, 15 * MINUTE), None),
    "the clock was set back, and the tests are old": (moment(-44 * MINUTE, 16 * MINUTE), "Stale Tests"),
    "the clock was set forward": (moment(16 * MINUTE, MINUTE), "Stale Tests"),
    "another boot, recent": (instant(15 * MINUTE, boot="boot-2"), None),
    "another boot, recent, which runs for long": (ANOTHER_BOOT, None),
    "another boot, old": (instant(16 * MINUTE, boot="boot-2"), "Stale Tests"),
    "another boot, before the tests": (instant(-MINUTE, boot="boot-2"), "Stale Tests"),
}


@pytest.mark.requirement("P1.1-tests")
@pytest.mark.parametrize(("now", "fragment"), AGES.values(), ids=AGES)
def test_tests_count_for_fifteen_minutes_by_whichever_clock_says_more(now: Instant, fragment: str | None) -> None:
    assert verdict("tests", now=now).fragment == fragment


def test_an_age_that_nobody_can_know_is_not_told_as_a_number() -> None:
    found = verdict("tests", now=instant(-MINUTE, boot="boot-2"))
    assert found.message == "The clock was set back after the tests passed, so their age is unknown."


def test_the_policy_says_how_long_tests_count() -> None:
    strict = policy(tests={"max_age": "30s"})
    assert verdict("tests", policy=strict, now=instant(timedelta(seconds=30))).holds
    found = verdict("tests", policy=strict, now=instant(timedelta(seconds=31)))
    assert found.message == "The tests passed 00:31 ago; they count for 30s."


def test_a_tasks_hidden_characters_are_shown_and_it_is_cut() -> None:
    found = verdict("sprint", open_tasks=("\u202e" + "x" * 100,))
    assert found.message == f"SPRINT.md still has open tasks: \\u202e{'x' * 79}…."


HOTFIX = Hotfix(reason="Customers cannot pay.", by="person:ada", at=NOON)
ALLOWED = policy(hotfix={"soak": "2m"})


@pytest.mark.parametrize(
    ("changed", "fragment"),
    [
        ({"hotfix": HOTFIX, "policy": ALLOWED, "requested": Bump.PATCH, "unreviewed": (3,)}, None),
        ({"hotfix": HOTFIX, "policy": ALLOWED, "requested": Bump.MINOR}, "a Hotfix That Is No Patch"),
        ({"hotfix": HOTFIX, "requested": Bump.PATCH}, "a Hotfix Without a Policy"),
        ({"requested": Bump.PATCH, "unreviewed": (3,)}, None),
        ({"requested": Bump.MINOR, "unreviewed": (3,)}, "1 Unreviewed Hotfix"),
        ({"requested": Bump.MAJOR, "unreviewed": (3, 4)}, "2 Unreviewed Hotfixes"),
        ({"requested": Bump.MAJOR}, None),
    ],
)
def test_a_hotfix_is_a_patch_and_what_is_larger_waits_for_its_review(
    changed: dict[str, Any], fragment: str | None
) -> None:
    found = verdict("hotfix", **changed)
    assert found.fragment == fragment
    assert found.holds or "`sentinel " in found.fix
