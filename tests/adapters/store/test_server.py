"""Which database server a store is on: another one is noticed."""

import psycopg

from sentinel.adapters.store.store import SqlStore
from tests.adapters.store.conftest import Opening
from tests.adapters.store.documents import REGISTERED, shop
from tests.postgres import PostgresServer


async def test_a_file_is_on_no_server(opened: Opening, sqlite_url: str) -> None:
    assert await (await opened(sqlite_url)).server() == ""


async def test_a_server_is_known_by_its_system_identifier_and_its_timeline(
    postgres_url: str, postgres_server: PostgresServer, opened: Opening
) -> None:
    (identifier,) = postgres_server.execute("SELECT system_identifier FROM pg_control_system()")[0]
    assert await (await opened(postgres_url)).server() == f"{identifier}/1"


async def test_a_server_that_does_not_say_what_it_is_is_used_all_the_same(
    postgres_url: str, postgres_server: PostgresServer, opened: Opening
) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        owner.execute("REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
        for what in ("SCHEMA public", "ALL TABLES IN SCHEMA public", "ALL SEQUENCES IN SCHEMA public"):
            owner.execute(f"GRANT ALL ON {what} TO PUBLIC".encode())
    postgres_server.execute("CREATE ROLE plain LOGIN")
    try:
        store = await opened(postgres_url.replace("sentinel@", "plain@"))
        assert await store.server() is None
        async with store.lease("shop") as held:
            assert held
        await store.close()
    finally:
        with psycopg.connect(postgres_url, autocommit=True) as owner:
            owner.execute("DROP OWNED BY plain")
        postgres_server.execute("DROP ROLE plain")


async def test_projects_are_found_whose_history_was_held_against_the_tags_elsewhere(
    store_url: str, opened: Opening
) -> None:
    store: SqlStore = await opened(store_url)
    for name, server in (("here", "7/2"), ("before", "7/1"), ("never", ""), ("longer", "7/22")):
        await store.create(shop().model_copy(update={"id": name, "server": server}), REGISTERED)
    assert await store.on_other_servers("7/2") == ("before", "longer", "never")
