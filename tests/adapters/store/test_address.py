"""Addresses of stores, and how they are shown to people."""

import os

import pytest

from sentinel.adapters.store.database import read_address, replica_name
from sentinel.adapters.store.store import SqlStore
from sentinel.errors.store import StoreAddressError
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import StoppedClock


@pytest.mark.parametrize(
    "text",
    [
        "",
        "somewhere",
        "mysql://ada:secret@db/sentinel",
        "postgresql://ada:secret@db:port/sentinel",
        "sqlite://",
        "sqlite:///:memory:",
        "https://db/sentinel",
    ],
)
async def test_an_address_that_is_none_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(StoreAddressError) as refused:
        await SqlStore.open(text, StoppedClock())
    assert "secret" not in str(refused.value)
    assert "SENTINEL_DATABASE_URL" in str(refused.value)


def test_a_shown_address_has_no_user_no_password_and_no_options() -> None:
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        address = read_address(f"{scheme}://ada:secret@db:5433/sentinel?sslpassword=secret")
        assert address.place == "postgresql://db:5433/sentinel"
        assert address.shared


async def test_a_store_says_where_it_is(sqlite_url: str, postgres_url: str, opened: Opening) -> None:
    assert (await opened(sqlite_url)).description == sqlite_url.removeprefix("sqlite:///")
    assert (await opened(postgres_url)).description == postgres_url.partition("?")[0].replace("sentinel@", "")


def test_what_the_address_says_itself_is_kept() -> None:
    url = read_address("postgresql://db/sentinel?connect_timeout=3&sslmode=require").url
    assert (url.query["connect_timeout"], url.query["sslmode"]) == ("3", "require")
    assert url.query["application_name"] == replica_name()
    assert str(os.getpid()) in replica_name()
