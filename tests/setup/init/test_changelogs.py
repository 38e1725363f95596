"""Where a repository writes what changes, and the form of its tags, as `sentinel init` finds them."""

import pytest

from tests.setup.init.conftest import Work

READ = "# Changes\n\n## 1.2.0\n\n- The basket\n"
PLACES = {
    "another name": ("CHANGES.md", READ),
    "reStructuredText": ("CHANGES.rst", "Version 1.2.0\n-------------\n\n-  The basket\n"),
    "History": ("History.md", READ),
    "news without a suffix": ("NEWS", READ),
    "other letters": ("Changelog.md", READ),
    "a folder": ("docs/changelog.md", READ),
    "a deep folder": ("docs/source/changelog.rst", "1.2.0\n=====\n\n- The basket\n"),
    "release notes": ("RELEASE-NOTES.md", READ),
}


@pytest.mark.parametrize(("path", "text"), PLACES.values(), ids=PLACES)
def test_the_changelog_that_is_there_is_named_and_none_is_written_beside_it(work: Work, path: str, text: str) -> None:
    work.commit({path: text})
    work.init()
    assert (work.policy.changelog.source, work.policy.changelog.file) == ("file", path)
    assert work.files()[path] == text.encode()
    assert path == "CHANGELOG.md" or "CHANGELOG.md" not in work.files()


def test_the_best_known_name_at_the_root_goes_first(work: Work) -> None:
    work.commit({"NEWS": READ, "CHANGES.md": READ, "CHANGELOG.rst": READ, "docs/CHANGELOG.md": READ})
    work.init()
    assert work.policy.changelog.file == "CHANGELOG.rst"


def test_a_link_is_named_by_its_target(work: Work) -> None:
    work.commit({"docs/changes-of-all.md": READ})
    (work.root / "CHANGELOG.md").symlink_to("docs/changes-of-all.md")
    work.repository.commit()
    work.init()
    assert work.policy.changelog.file == "docs/changes-of-all.md"


def test_a_changelog_that_names_no_version_is_said(work: Work) -> None:
    work.commit({"CHANGES.md": "See the releases page.\n"})
    assert "Sentinel found no version in CHANGES.md" in work.init()
    assert work.policy.changelog.file == "CHANGES.md"


FRAGMENTS = {
    "towncrier": ({"changelog.d/12.fixed.md": "Rounding\n"}, "changelog.d"),
    "towncrier by its settings": (
        {"pyproject.toml": '[tool.towncrier]\ndirectory = "doc/news"\n', "doc/news/README": "x"},
        "doc/news",
    ),
    "changesets": ({".changeset/brave-cats-dance.md": '---\n"shop": minor\n---\n\nx\n'}, ".changeset"),
    "changesets without any": ({".changeset/config.json": "{}"}, ".changeset"),
    "changie": ({".changes/unreleased/Added-1.yaml": "kind: Added\nbody: x\n"}, ".changes/unreleased"),
}


@pytest.mark.parametrize(("files", "folder"), FRAGMENTS.values(), ids=FRAGMENTS)
def test_fragments_are_found_and_no_changelog_is_written(work: Work, files: dict[str, str], folder: str) -> None:
    work.commit(files)
    assert f"{folder} holds the fragments" in work.init()
    assert (work.policy.changelog.source, work.policy.changelog.folder) == ("fragments", folder)
    assert "CHANGELOG.md" not in work.files()


@pytest.mark.parametrize("folder", ["changelogs/fragments", "changelog/unreleased", "releasenotes/notes", ".chloggen"])
def test_fragments_in_a_form_that_is_not_read_are_said_with_what_to_do(work: Work, folder: str) -> None:
    work.commit({f"{folder}/12.yml": "title: Rounding\n"})
    unread = f"{folder} seems to hold fragments in a format that Sentinel cannot read"
    assert f"{unread}: build CHANGELOG.md from them" in work.init()
    assert work.policy.changelog.source == "file"


def test_conventional_commits_are_found_by_how_they_are_written(work: Work) -> None:
    for number in range(12):
        work.commit({"README": f"{number}\n"})
        work.repository.git("commit", "--quiet", "--amend", "-m", f"fix(shop): round {number}")
    work.init()
    assert work.policy.changelog.source == "conventional-commits"
    assert "CHANGELOG.md" not in work.files()


@pytest.mark.parametrize("tool", ["cliff.toml", ".cz.toml", ".releaserc.json"])
def test_conventional_commits_are_found_by_their_tools(work: Work, tool: str) -> None:
    work.commit({tool: ""})
    work.init()
    assert work.policy.changelog.source == "conventional-commits"


def test_with_a_changelog_the_tools_say_nothing(work: Work) -> None:
    work.commit({"cliff.toml": "", "CHANGELOG.md": READ})
    work.init()
    assert (work.policy.changelog.source, work.policy.changelog.file) == ("file", "CHANGELOG.md")


FORMS = {
    "none": ((), "v"),
    "v": (("v1.0.0", "v1.1.0"), "v"),
    "no prefix": (("3.4.0", "3.4.1"), ""),
    "a folder": (("api/v1.0.0",), "api/v"),
    "a package": (("@shop/api@1.0.0",), "@shop/api@"),
    "a word": (("release-1.0.0", "nightly"), "release-"),
    "two numbers": (("v4.2", "v4.3"), "v"),
}


@pytest.mark.parametrize(("tags", "prefix"), FORMS.values(), ids=FORMS)
def test_the_form_of_the_tags_is_written(work: Work, tags: tuple[str, ...], prefix: str) -> None:
    for tag in tags:
        work.repository.git("tag", tag)
    work.init()
    assert work.policy.tag.prefix == prefix


def test_tags_that_are_no_semantic_versions_are_said(work: Work) -> None:
    work.repository.git("tag", "2026.02.0")
    said = work.init()
    assert "The tag 2026.02.0 is not a semantic version" in said
    assert "`git tag 2026.2.0 2026.02.0^{}`" in said
