"""The values of a release as people read them and as they are stored."""

import pytest
from pydantic import ValidationError

from sentinel.core.release.contents import Changes
from sentinel.core.release.model import Deployed, Project
from tests.core.projects import NOON, POLICY, artifact, deployed, fresh, project, release


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (Changes(files=5, insertions=120, deletions=40), "5 files, +120/-40"),
        (Changes(files=1, insertions=1, deletions=0), "1 file, +1/-0"),
        (Changes(files=0, insertions=0, deletions=0), "0 files, +0/-0"),
    ],
)
def test_changes_are_counted_in_the_words_of_the_protocol(changes: Changes, words: str) -> None:
    assert str(changes) == words


def test_production_runs_the_newest_archived_release() -> None:
    assert project().production is None
    lineage = (deployed("1.0.0"), deployed("1.1.0"))
    assert project(lineage=lineage).production == lineage[1]


def test_what_is_deployed_keeps_what_a_rollback_needs() -> None:
    kept = Deployed.of(release(), NOON)
    assert (kept.version, kept.tag, kept.commit, kept.deployed_at) == ("1.2.0", "v1.2.0", "c" * 40, NOON)
    assert (kept.release_id, kept.artifacts, kept.policy) == ("release-1.2.0", (artifact(),), POLICY)


@pytest.mark.parametrize("change", [{"unknown": 1}, {"state": "LOST"}, {"locked_calls": ["2030-05-01T12:00:00"]}])
def test_a_document_that_this_version_does_not_know_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Project.model_validate({**fresh().model_dump(), **change})
