"""The SENTINEL_* variables that commands get."""

from sentinel.core.release.commands import leaving_variables, previous_variables, release_variables
from tests.core.projects import deployed, release

COMMIT = "c" * 40


def test_staging_and_production_are_told_what_to_deploy_and_where() -> None:
    assert release_variables(release(), target="staging", artifacts="/kept/1", url="http://shop") == {
        "SENTINEL_TARGET": "staging",
        "SENTINEL_VERSION": "1.2.0",
        "SENTINEL_COMMIT": COMMIT,
        "SENTINEL_ARTIFACTS": "/kept/1",
        "SENTINEL_URL": "http://shop",
        "SENTINEL_RELEASE_ID": "release-1.2.0",
    }


def test_production_is_told_what_it_ran_before() -> None:
    assert previous_variables(deployed("1.1.0"), "/kept/0") == {
        "SENTINEL_PREVIOUS_VERSION": "1.1.0",
        "SENTINEL_PREVIOUS_COMMIT": COMMIT,
        "SENTINEL_PREVIOUS_ARTIFACTS": "/kept/0",
    }


def test_before_the_first_release_there_are_none_of_them() -> None:
    assert previous_variables(None, "/kept/0") == {}


def test_a_release_without_kept_artifacts_gives_no_folder_of_them() -> None:
    adopted = deployed("1.0.0", release_id=None, artifacts=())
    assert previous_variables(adopted, "/kept/0") == {
        "SENTINEL_PREVIOUS_VERSION": "1.0.0",
        "SENTINEL_PREVIOUS_COMMIT": COMMIT,
    }
    assert "SENTINEL_ARTIFACTS" not in leaving_variables(adopted, artifacts="/kept/1", url="http://shop")


def test_a_rollback_is_told_what_production_leaves() -> None:
    assert leaving_variables(deployed("1.2.0"), artifacts="/kept/1", url="http://shop") == release_variables(
        release(), target="production", artifacts="/kept/1", url="http://shop"
    )


def test_a_release_that_was_only_adopted_has_no_id() -> None:
    adopted = deployed("1.0.0", release_id=None)
    assert leaving_variables(adopted, artifacts="", url="http://shop")["SENTINEL_RELEASE_ID"] == ""
