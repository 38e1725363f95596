"""The version that a project names itself, beside the one that it is released under."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.candidate.named_versions import MANIFESTS, differing_versions

PYPROJECT = '[project]\nname = "shop"\nversion = "{}"\n'
CARGO = '[package]\nname = "shop"\nversion = "{}"\n'
PACKAGE = '{{"name": "shop", "version": "{}"}}'
WRITTEN = {
    "pyproject.toml": PYPROJECT,
    "Cargo.toml": CARGO,
    "package.json": PACKAGE,
}


@pytest.mark.parametrize(("file", "text"), WRITTEN.items(), ids=WRITTEN)
@pytest.mark.parametrize("named", ["1.1.0", "1.2.0rc1", "1.2.0.dev0", "2.0.0", "01.2.x"])
def test_another_version_in_a_manifest_is_said(file: str, text: str, named: str) -> None:
    assert differing_versions("1.2.0", {file: text.format(named)}, ()) == (f"{file} names version {named}, not 1.2.0.",)


@pytest.mark.parametrize(("file", "text"), WRITTEN.items(), ids=WRITTEN)
@pytest.mark.parametrize("named", ["1.2.0", "1.2", "v1.2.0", "0.0.0", "0.0.0-development"])
def test_the_same_version_and_one_that_a_tool_writes_later_are_not(file: str, text: str, named: str) -> None:
    assert differing_versions("1.2.0", {file: text.format(named)}, ()) == ()


@pytest.mark.parametrize(
    ("artifact", "differs"),
    [
        ("dist/shop-1.2.0-py3-none-any.whl", False),
        ("dist/shop-1.1.0-py3-none-any.whl", True),
        ("dist/shop-1.2.0-1-cp311-cp311-manylinux_2_17_x86_64.whl", False),
        ("dist/shop-1.1.0.tar.gz", True),
        ("shop-1.2.0.tgz", False),
        ("target/package/shop-1.1.0.crate", True),
        ("dist/app", False),
        ("dist/source.tar.gz", False),
    ],
)
def test_the_name_of_an_artifact_counts(artifact: str, *, differs: bool) -> None:
    said = differing_versions("1.2.0", {}, (artifact,))
    assert said == ((f"{artifact.rpartition('/')[2]} names version 1.1.0, not 1.2.0.",) if differs else ())


def test_a_build_that_stamps_its_artifacts_may_leave_the_manifest_as_it_is() -> None:
    assert differing_versions("1.2.0", {"pyproject.toml": PYPROJECT.format("1.1.0")}, ("shop-1.2.0.tar.gz",)) == ()


@given(st.sampled_from(MANIFESTS), st.text(), st.lists(st.text()))
def test_nothing_that_a_manifest_holds_is_more_than_a_remark(file: str, text: str, artifacts: list[str]) -> None:
    assert all("\n" not in said for said in differing_versions("1.2.0", {file: text}, artifacts))


@pytest.mark.parametrize("text", ["{", "[]", "null", '{"version": {}}', '{"version": 3}', "[" * 100_000])
def test_a_broken_manifest_says_nothing(text: str) -> None:
    assert differing_versions("1.2.0", {"package.json": text, "Cargo.toml": text}, ()) == ()
