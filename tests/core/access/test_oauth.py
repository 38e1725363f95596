"""The claims of an access token, however odd: a token that can be kept and shown, or none."""

import pytest

from sentinel.core.access.tokens import LAST_SECOND, NAME_LIMIT, OAuth, Token, token_of

RULES = OAuth(
    issuer="https://login.example.org/",
    audience="https://sentinel.example.org/mcp",
    jwks_uri="https://login.example.org/keys",
)
CLAIMS = {
    "sub": "ci",
    "iat": 1_700_000_000,
    "exp": 1_700_000_300,
    "scope": "sentinel:agent",
    "sentinel_project": "shop",
}
ODD: tuple[object, ...] = (
    None,
    True,
    [],
    [1],
    {},
    {"a": 1},
    "",
    "1700000300",
    "tomorrow",
    float("inf"),
    float("nan"),
    -1,
    10**400,
    "\ud800",
)


@pytest.mark.parametrize("claim", sorted(CLAIMS))
@pytest.mark.parametrize("value", ODD, ids=repr)
def test_no_claim_breaks_the_reading_of_a_token(claim: str, value: object) -> None:
    token = token_of({**CLAIMS, claim: value}, RULES)
    assert token is None or Token.model_validate_json(token.model_dump_json()) == token


@pytest.mark.parametrize("moment", ["iat", "exp"])
@pytest.mark.parametrize("value", ["1700000300", "tomorrow", [1_700_000_300], True, None, float("nan")])
def test_a_moment_that_is_no_number_makes_no_token(moment: str, value: object) -> None:
    assert token_of({**CLAIMS, moment: value}, RULES) is None


@pytest.mark.parametrize("project", ["", "Shop", "shop/..", "shop\0", "\ud800", "s" * 64, "shop\n"])
def test_a_project_that_can_have_no_such_name_makes_no_token(project: str) -> None:
    assert token_of({**CLAIMS, "sentinel_project": project}, RULES) is None


@pytest.mark.parametrize("subject", ["s" * 5000, "\x1b" * NAME_LIMIT, "\u202e" * NAME_LIMIT])
def test_a_subject_of_any_length_names_its_token(subject: str) -> None:
    token = token_of({**CLAIMS, "sub": subject}, RULES)
    assert token is not None
    assert len(token.name) == NAME_LIMIT
    assert token.name.isprintable()


def test_a_token_lives_for_as_long_as_times_go() -> None:
    token = token_of({**CLAIMS, "exp": LAST_SECOND * 10}, RULES)
    assert token is not None
    assert token.expires_at is not None
    assert token.expires_at.year == 9999
