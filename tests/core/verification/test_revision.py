"""Whether a service's answer names the release that it should run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentinel.core.verification.revision import answers_release, said

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
    "1.2.0+build",
    '{"version":"1.2.0+build.7"}',
    f'{{"version":"1.2.0","commit":"{COMMIT}"}}',
    f'{{"version":"dev","commit":"{COMMIT[:7].upper()}"}}',
    '{"version":"1.2.0","commit":"unknown"}',
    '{"version":"1.2.0","libraries":{"till":"1.1.0"}}',
    '"1.2.0"',
    '\ufeff{"version":"1.2.0"}',
    "shop version 1.2.0",
    "shop/1.2.0 (linux; python 3.11)",
    "release 1.2.0",
    "1.2.0 (built 2030-05-01 with go1.22.1)",
    "name: shop\nversion: 1.2.0\nbuilt: 2030-05-01\n",
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
    '{"version":"1.1.0","libraries":{"till":"1.2.0"}}',
    '{"current":"1.1.0","next":"1.2.0"}',
    '{"app":{"version":"1.2.0"}}',
    '{"version":{"number":"1.2.0"}}',
    '{"version":"1.1.0","version":"1.2.0"}',
    '{"version":"1.2.0","version":"1.1.0"}',
    f'{{"version":"1.1.0","commit":"{COMMIT}"}}',
    f'{{"version":"1.2.0","commit":"{"f" * 40}"}}',
    '{"version":"1.2.0"',
    '["1.2.0"]',
    "[" * 60_000,
    '{"version":' + "9" * 60_000 + "}",
    "1" * 64_000,
    "1." * 32_000,
    "<" * 64_000,
    "null",
    "1.1.0 (next: 1.2.0)",
    "next: 1.2.0",
    "latest=1.2.0",
    "Upgrade to 1.2.0",
    "New in 1.2.0: search",
    "Welcome to the shop\nVersion 1.1.0, soon 1.2.0",
    "<html><h1>Shop</h1><p>1.2.0</p></html>",
    "<html><body>Welcome. What is new in 1.2.0</body></html>",
    "python 3.11 shop 1.2.0",
    "1.2.0-3-gabc1234",
    "Welcome to the shop. " * 200 + "\nversion: 1.2.0",
)


def test_a_key_says_where_an_object_names_the_release() -> None:
    nested, dotted = '{"version":"1.1.0","app":{"version":"1.2.0"}}', '{"app.version":"1.2.0"}'

    def answers(body: str, key: str) -> bool:
        return answers_release(body, version="1.2.0", tag="v1.2.0", commit=COMMIT, key=key)

    assert answers(nested, "app.version")
    assert answers(dotted, "app.version")
    assert answers(f'{{"git":{{"sha":"{COMMIT[:7]}"}}}}', "git.sha")
    for body in ('{"version":"1.2.0"}', '{"app":"1.2.0"}', '{"app":{"version":1}}', "1.2.0", "{", '[{"app":{}}]'):
        assert not answers(body, "app.version")


@pytest.mark.parametrize(
    ("body", "key", "named"),
    [
        ("1.1.0\n", None, "1.1.0"),
        ('{"libraries":{"till":"1.2.0"},"version":"1.1.0"}', None, "1.1.0"),
        (f'{{"version":"1.1.0","commit":"{COMMIT}"}}', None, f"1.1.0, {COMMIT}"),
        ('{"current":"1.1.0"}', None, '{"current":"1.1.0"}'),
        ('{"app":{"version":"1.1.0"}}', "app.version", "1.1.0"),
        ("nothing", "app.version", "nothing"),
    ],
)
def test_what_answers_instead_is_named(body: str, key: str | None, named: str) -> None:
    assert said(body, key) == named


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
