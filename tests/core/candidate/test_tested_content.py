"""What a run of the tests counts for: which files decide, and which never are ignored."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.commit_files import Ignored, TreeFile, content_digest
from sentinel.core.policy.model import read_policy
from tests.core.policies import with_value

NEVER = ("sentinel.toml", "deploy/staging.sh")


def digest(*patterns: str, **files: str) -> str:
    rows = [TreeFile(f"100644 blob {blob}".encode(), path.encode()) for path, blob in files.items()]
    return content_digest(rows, Ignored(patterns, NEVER))


PATTERNS = {
    "SPRINT.md": (("SPRINT.md",), ("docs/SPRINT.md", "SPRINT.md.py", "SPRINTxmd")),
    "docs/**": (("docs/a", "docs/a/b.md"), ("docs", "src/docs/a", "docsx/a")),
    "**/*.md": (("a.md", "docs/a.md", "a/b/c.md"), ("a.md/b", "a.mdx")),
    "docs/*.md": (("docs/a.md",), ("docs/a/b.md", "a.md")),
    "a?c": (("abc",), ("a/c", "ac", "abbc")),
    "./docs//x": (("docs/x",), ("x",)),
    "[ab].md": (("[ab].md",), ("a.md",)),
    "a.c": (("a.c",), ("abc",)),
    "**": (("a", "b/c"), NEVER),
}


@pytest.mark.parametrize(("pattern", "files"), PATTERNS.items(), ids=PATTERNS)
def test_a_pattern_ignores_what_it_names_and_nothing_else(
    pattern: str, files: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    for path in files[0]:
        assert digest(pattern, **{path: "1"}) == digest(pattern, **{path: "2"}) == digest(pattern)
    for path in files[1]:
        assert digest(pattern, **{path: "1"}) != digest(pattern, **{path: "2"})
        assert digest(pattern, **{path: "1"}) != digest(pattern)


def test_another_list_makes_another_digest() -> None:
    assert len({digest(), digest("a"), digest("b"), digest("a", "b"), digest("ab")}) == 5


PATHS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=10)
TREES = st.dictionaries(PATHS, st.sampled_from(["1", "2"]), max_size=4)


@given(TREES, TREES)
def test_without_a_list_every_file_counts(one: dict[str, str], other: dict[str, str]) -> None:
    digests = [digest(**{path: tree[path] for path in sorted(tree)}) for tree in (one, other)]
    assert (digests[0] == digests[1]) == (one == other)


def test_of_a_policy_the_sprints_file_is_ignored_and_what_is_trusted_never() -> None:
    ignored = Ignored.of(read_policy(with_value("tests.ignore", ["docs/**", "deploy/**"])))
    assert ignored.patterns == ("docs/**", "deploy/**", "SPRINT.md")
    assert "sentinel.toml" in ignored.never
    assert any(path.startswith("deploy/") for path in ignored.never)
