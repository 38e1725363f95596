"""What a person is shown before a yes: every piece of evidence that is stored, and plain words where there is none."""

from datetime import timedelta

from sentinel.core.approval.content import PolicyChange, QuestionContent, policy_changes, question_content
from sentinel.core.audit.findings import (
    EVERY_SESSION,
    Resolution,
    Severity,
    StoredFinding,
    own_finding,
)
from sentinel.core.policy.pinning import Pin, PinnedFile
from sentinel.core.release.contents import (
    COMMITS_KEPT,
    FILES_KEPT,
    ChangedFile,
    Changes,
    Comparison,
    Contents,
    ReleaseCommit,
    contents_of,
)
from sentinel.core.release.model import Approval, Project, Requester
from sentinel.core.release.states import State
from tests.core.projects import (
    NOON,
    POLICY,
    SOAKED,
    artifact,
    deployed,
    evidence,
    policy,
    project,
    release,
    rollback_asked,
)

TOTAL = Changes(files=2, insertions=7, deletions=1)
SCRIPTS = ("deploy/production.sh", "deploy/rollback.sh", "deploy/staging.sh")


def pin(digest: str = "f" * 64) -> Pin:
    files = tuple(PinnedFile(path=path, sha256="b" * 64) for path in ("sentinel.toml", *SCRIPTS))
    return Pin(commit="c" * 40, files=files, digest=digest, policy=POLICY, by="person:ada", at=NOON)


def content_of(at: Project, *findings: StoredFinding, separated: bool = False) -> QuestionContent:
    approval = at.rollback_approval or at.approval
    assert approval is not None
    made = question_content(at, approval, findings, now=SOAKED.wall, separated=separated)
    assert made is not None
    return made


def asked(**fields: object) -> Project:
    """A deployment that waits for a person's yes, with v1.1.0 in production."""
    contents = Contents(
        base="a" * 40,
        commits=(ReleaseCommit(id="c" * 40, author="Ada", subject="Sell tea"),),
        commit_count=1,
        files=(ChangedFile(path="shop.py", insertions=7, deletions=1),),
        pinned=("deploy/production.sh",),
    )
    candidate = release(contents=contents, notes="## Added\n- Tea")
    known = {"lineage": (deployed("1.1.0"),), "pin": pin(), **fields}
    return project(State.AWAITING_APPROVAL, candidate=candidate, **known).model_copy(update={"evidence": evidence()})


def test_a_deployment_says_what_runs_what_changes_and_how_it_was_tested() -> None:
    shown = content_of(asked())
    assert (shown.running and shown.running.tag, shown.target) == ("v1.1.0", "v1.2.0")
    assert shown.running is not None
    assert shown.made_at - shown.running.since == timedelta(days=1, minutes=10)
    assert [commit.subject for commit in shown.commits] == ["Sell tea"]
    assert [file.path for file in shown.files] == ["shop.py"]
    assert shown.tests is not None
    assert shown.tests.same_tree
    assert shown.staging is not None
    assert (shown.staging.url, shown.staging.healthy_since) == ("http://127.0.0.1:8001", NOON)
    assert shown.artifacts == (artifact(),)
    assert shown.production_url == "http://127.0.0.1:8002"
    assert shown.notes == "## Added\n- Tea"


def test_the_scripts_that_run_say_whether_they_changed_since_what_production_runs() -> None:
    commands = {command.name: command for command in content_of(asked()).commands}
    assert [(script.path, script.changed) for script in commands["deployment"].scripts] == [
        ("deploy/production.sh", True)
    ]
    assert [(script.path, script.changed) for script in commands["rollback"].scripts] == [("deploy/rollback.sh", False)]
    assert commands["rollback"].on_failure
    assert not commands["deployment"].on_failure


def test_what_is_not_known_is_not_called_unchanged() -> None:
    first = content_of(asked(lineage=()))
    assert [command.name for command in first.commands] == ["deployment"]
    older = content_of(project(State.AWAITING_APPROVAL, pin=pin(), lineage=(deployed("1.1.0"),)))
    assert [script.changed for command in older.commands for script in command.scripts] == [None, None]
    assert any("did not record" in sentence for sentence in older.unchecked)


def test_set_up_is_shown_only_where_it_runs_in_production() -> None:
    candidate = release(policy=policy(build={"setup": ["npm", "ci"]}))
    at = project(State.AWAITING_APPROVAL, candidate=candidate)
    assert next((one.name, one.command) for one in content_of(at).commands) == ("set-up", "npm ci")
    assert "set-up" not in [one.name for one in content_of(at, separated=True).commands]


def test_findings_stand_open_before_resolved_and_high_before_low() -> None:
    def found(number: int, severity: Severity, resolution: Resolution | None = None) -> StoredFinding:
        message = f"finding {number}"
        finding = own_finding(session=EVERY_SESSION, severity=severity, rule="r", message=message, at=NOON)
        return StoredFinding(number=number, finding=finding, resolution=resolution)

    resolved = Resolution(by="person:ada", reason="looked at", at=NOON)
    shown = content_of(
        asked(),
        found(1, Severity.HIGH, resolved),
        found(2, Severity.LOW),
        found(3, Severity.HIGH),
    )
    assert [finding.number for finding in shown.findings] == [3, 2, 1]
    assert (shown.findings[2].resolved_by, shown.findings[2].reason) == ("person:ada", "looked at")
    assert shown.open_findings == 2


def test_the_policy_s_changes_are_named_by_their_keys() -> None:
    after = policy(
        production={"timeout": "1h", "version_path": "/version", "approval": {"expires": "5m"}},
        tests={"command": ["make", "test"]},
    )
    before = policy(production={"timeout": "20m"}, closure={"delete_branches": ["feature/*"]})
    assert policy_changes(before, after) == (
        PolicyChange(key="tests.command", before='"make test"', after='["make", "test"]'),
        PolicyChange(key="production.version_path", before=None, after='"/version"'),
        PolicyChange(key="production.timeout", before='"20m"', after='"1h"'),
        PolicyChange(key="production.approval.expires", before='"15m"', after='"5m"'),
        PolicyChange(key="closure.delete_branches", before='["feature/*"]', after="[]"),
    )
    assert policy_changes(before, before) == ()


def test_nothing_is_compared_with_a_policy_that_is_not_known() -> None:
    adopted = deployed("1.1.0").model_copy(update={"policy": None, "artifacts": ()})
    shown = content_of(asked(lineage=(adopted,)))
    assert shown.policy_changes is None
    assert any("its policy cannot be compared" in sentence for sentence in shown.unchecked)
    assert content_of(asked()).policy_changes == ()


def test_it_says_what_happens_if_it_fails() -> None:
    assert "rolls back to v1.1.0 by itself" in content_of(asked()).on_failure[0]
    assert "HALTED" in content_of(asked(lineage=())).on_failure[0]
    kept_nothing = deployed("1.1.0").model_copy(update={"artifacts": ()})
    assert "nothing of v1.1.0 is kept" in content_of(asked(lineage=(kept_nothing,))).on_failure[0]


def test_what_was_not_checked_is_said() -> None:
    shown = content_of(asked(lineage=()))
    assert any("production.version_path" in sentence for sentence in shown.unchecked)
    assert any("staging.version_path" in sentence for sentence in shown.unchecked)
    assert any("no earlier release" in sentence for sentence in shown.unchecked)
    answers: dict[str, object] = {"version_path": "/version"}
    checked = release(policy=policy(staging=answers, production=answers), contents=Contents(base="a" * 40))
    assert content_of(project(State.AWAITING_APPROVAL, candidate=checked, lineage=(deployed("1.1.0"),))).unchecked == ()


def test_a_rollback_says_why_and_what_production_goes_back_to() -> None:
    at = project(State.IDLE, lineage=(deployed("1.1.0"), deployed("1.2.0")), pin=pin())
    shown = content_of(rollback_asked(at, requester=Requester(user="ada")))
    assert (shown.kind, shown.target, shown.reason) == ("rollback", "v1.1.0", "It is slow.")
    assert shown.running is not None
    assert shown.running.tag == "v1.2.0"
    assert shown.asked_by == "agent:codex (user ada)"
    assert [(one.name, [script.path for script in one.scripts]) for one in shown.commands] == [
        ("rollback", ["deploy/rollback.sh"])
    ]
    assert shown.artifacts == deployed("1.1.0").artifacts


def test_a_document_of_an_earlier_version_says_less_and_is_shown() -> None:
    at = project(State.AWAITING_APPROVAL)
    document = at.model_dump(mode="json")
    del document["release"]["contents"]
    del document["release"]["staged"]["smoke"]
    del document["approval"]["asked_by"]
    shown = content_of(Project.model_validate(document))
    assert (shown.commits, shown.asked_by, shown.tests) == ((), "", None)
    old = Approval.model_validate(document["approval"])
    assert old.asked_by == ""


def test_a_value_survives_the_wire() -> None:
    shown = content_of(asked())
    assert QuestionContent.model_validate(shown.model_dump(mode="json")) == shown


def test_of_many_commits_and_files_the_newest_and_the_largest_are_kept() -> None:
    commits = [ReleaseCommit(id=f"{number:040}", author="Ada", subject="s") for number in range(COMMITS_KEPT + 5)]
    files = tuple(ChangedFile(path=f"{number:03}", insertions=number, deletions=0) for number in range(FILES_KEPT + 5))
    kept = contents_of("a" * 40, commits, Comparison(total=TOTAL, files=files), pinned=["003"], mask=str)
    assert (kept.commit_count, len(kept.commits), kept.commits[0].id) == (COMMITS_KEPT + 5, COMMITS_KEPT, "0" * 40)
    assert len(kept.files) == FILES_KEPT
    assert kept.files[0].path == f"{FILES_KEPT + 4:03}"
    assert kept.pinned == ("003",)


def test_the_repository_s_words_are_masked_and_made_printable() -> None:
    commit = ReleaseCommit(id="c" * 40, author="A\x1bda", subject="use hunter2" + "x" * 500)
    binary = ChangedFile(path="caf\udce9", insertions=None, deletions=None)
    kept = contents_of(
        None,
        [commit],
        Comparison(total=TOTAL, files=(binary,)),
        pinned=["caf\udce9"],
        mask=lambda text: text.replace("hunter2", "***"),
    )
    assert kept.commits[0].author == "A\\x1bda"
    assert kept.commits[0].subject.startswith("use ***")
    assert len(kept.commits[0].subject) < 300
    assert kept.files[0].path == "caf\\udce9"
    assert kept.pinned == (), "of a first release nothing has changed"
    assert Contents.model_validate_json(kept.model_dump_json()) == kept
