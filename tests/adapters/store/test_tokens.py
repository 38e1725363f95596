"""Tokens in the store: found by the digest of their secret, gone when they are revoked, and never half of either."""

from contextlib import suppress
from datetime import UTC, date, datetime

from sentinel.adapters.store.store import SqlStore
from sentinel.core.access.tokens import Token, secret_digest
from sentinel.core.release.change import note
from tests.adapters.store.documents import REGISTERED, shop

DIGEST = secret_digest("secret")
TOKEN = Token(
    id="t1", project="shop", name="ci", role="agent", by="person:me", created_at=datetime(2026, 11, 1, tzinfo=UTC)
)


async def added(store: SqlStore) -> None:
    await store.create(shop(), REGISTERED)
    async with store.transaction("shop") as tx:
        await tx.add_token(TOKEN, DIGEST)
        tx.apply(note(tx.project, "token.created", "person:me", "created"))


async def test_a_token_is_found_by_the_digest_of_its_secret(store: SqlStore) -> None:
    await added(store)
    assert await store.token(DIGEST) == TOKEN
    assert await store.token(secret_digest("other")) is None
    assert (await store.tokens("shop"), await store.tokens("other")) == ((TOKEN,), ())


async def test_the_day_of_its_last_use_is_kept(store: SqlStore) -> None:
    await added(store)
    used = TOKEN.model_copy(update={"used_on": date(2026, 11, 25)})
    await store.use_token(used)
    assert await store.token(DIGEST) == used


async def test_a_revoked_token_is_gone(store: SqlStore) -> None:
    await added(store)
    async with store.transaction("shop") as tx:
        assert await tx.remove_token("t1") == TOKEN
        assert await tx.remove_token("t1") is None
        tx.apply(note(tx.project, "token.revoked", "person:me", "revoked"))
    assert await store.token(DIGEST) is None


async def test_a_token_of_another_project_is_not_revoked(store: SqlStore) -> None:
    await added(store)
    await store.create(shop().model_copy(update={"id": "other"}), REGISTERED)
    async with store.transaction("other") as tx:
        assert await tx.remove_token("t1") is None
    assert await store.token(DIGEST) == TOKEN


async def test_a_change_that_fails_leaves_the_token_as_it_is(store: SqlStore) -> None:
    await added(store)
    with suppress(ValueError):
        async with store.transaction("shop") as tx:
            await tx.remove_token("t1")
            raise ValueError
    assert await store.token(DIGEST) == TOKEN
