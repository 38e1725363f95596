"""Logins in addresses, and logins that are secrets."""

import pytest

from sentinel.core.access.secrets import login_headers
from sentinel.core.values.urls import login_in, without_login
from sentinel.errors.command import SecretUnfitError


@pytest.mark.parametrize(
    ("url", "shown", "hidden"),
    [
        ("http://shop.test:8001/x", "http://shop.test:8001/x", ()),
        (
            "http://ada:long%20pass@shop.test/x@y",
            "http://shop.test/x@y",
            ("ada:long%20pass", "ada:long pass", "long%20pass", "long pass"),
        ),
        ("https://token@[::1]:8/", "https://[::1]:8/", ("token",)),
        ("https://a@b:c@shop.test", "https://shop.test", ("a@b:c", "c")),
    ],
)
def test_a_login_is_taken_out_of_an_address(url: str, shown: str, hidden: tuple[str, ...]) -> None:
    assert without_login(url) == shown
    assert login_in(url) == hidden


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        ("ada:pass phrase", {"Authorization": "Basic YWRhOnBhc3MgcGhyYXNl"}),
        ("ada:pass: phrase", {"Authorization": "Basic YWRhOnBhc3M6IHBocmFzZQ=="}),
        (":only-a-password", {"Authorization": "Basic Om9ubHktYS1wYXNzd29yZA=="}),
        ("Authorization: Bearer abc", {"Authorization": "Bearer abc"}),
        (
            "CF-Access-Client-Id: a.b\nCF-Access-Client-Secret: c\n",
            {"CF-Access-Client-Id": "a.b", "CF-Access-Client-Secret": "c"},
        ),
    ],
)
def test_a_login_is_a_user_with_a_password_or_headers(value: str, headers: dict[str, str]) -> None:
    assert login_headers("STAGING", value) == headers


@pytest.mark.parametrize("value", ["password-alone", "ada:one\nbob:two", "Name: a\nada:two", "A: b\x00c\nD: e"])
def test_anything_else_is_refused_without_being_quoted(value: str) -> None:
    with pytest.raises(SecretUnfitError) as refusal:
        login_headers("STAGING", value)
    assert value.split("\n", maxsplit=1)[0] not in str(refusal.value)
