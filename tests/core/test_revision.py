"""Whether a service's answer names the release that it should run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.revision import answers_release

COMMIT = "0123456789abcdef0123456789abcdef01234567"

RIGHT = (
    "1.2.0",
    "v1.2.0",
    "1.2.0\n",
    '{"version": "1.2.0"}',
    '{"version":"v1.2.0","since":"2030-05-01"}',
    "version=1.2.0;",
    "shop 1.2.0.",
    "<p>v1.2.0</p>",
    "Version:1.2.0/production",
    COMMIT,
    COMMIT.upper(),
    COMMIT[:7],
    f'{{"commit": "{COMMIT[:12]}"}}',
)
WRONG = (
    "",
    "OK",
    "1.1.0",
    "11.2.0",
    "1.2.01",
    "1.2.0.1",
    "0.1.2.0",
    "1.2.0-rc.1",
    "1.2.0+build",
    "1.2.0_1",
    "1x2x0",
    "vv1.2.0",
    "V1.2.0",
    "1.2",
    COMMIT[:6],
    COMMIT[1:],
    f"{COMMIT}0",
    f"{COMMIT[:7]}-dirty",
    f"x{COMMIT[:12]}",
)


@pytest.mark.parametrize("body", RIGHT)
def test_version_tag_or_commit_as_a_word_of_its_own_is_the_release(body: str) -> None:
    assert answers_release(body, version="1.2.0", tag="v1.2.0", commit=COMMIT)


@pytest.mark.parametrize("body", WRONG)
def test_anything_else_is_a_stale_instance(body: str) -> None:
    assert not answers_release(body, version="1.2.0", tag="v1.2.0", commit=COMMIT)


numbers = st.tuples(*[st.integers(0, 30)] * 3)


@given(numbers, numbers, st.sampled_from(["{}", "v{}", '{{"version": "{}"}}', "shop {}\n"]))
def test_a_release_is_never_taken_for_another(running: tuple[int, ...], wanted: tuple[int, ...], answer: str) -> None:
    version = ".".join(map(str, wanted))
    body = answer.format(".".join(map(str, running)))
    found = answers_release(body, version=version, tag=f"v{version}", commit=COMMIT)
    assert found is (running == wanted)


@given(st.text("0123456789abcdef", min_size=1, max_size=40))
def test_a_commit_is_known_by_its_first_seven_characters_or_more(answered: str) -> None:
    found = answers_release(answered, version="9.9.9", tag="v9.9.9", commit=COMMIT)
    assert found is (len(answered) >= 7 and COMMIT.startswith(answered))
