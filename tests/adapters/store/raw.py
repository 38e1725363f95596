"""The store's database as somebody sees it who goes around the store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import ClauseElement, Engine, create_engine, make_url, text


def execute(url: str, statement: str, **values: object) -> list[tuple[Any, ...]]:
    """Commits `statement`; its rows."""
    with engine(url) as connected, connected.begin() as connection:
        if values:
            result = connection.execute(text(statement), values)
        else:
            result = connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        return [tuple(row) for row in result] if result.returns_rows else []


def plan(url: str, explain: str, query: ClauseElement) -> str:
    """How the database would find the rows of `query`."""
    with engine(url) as connected:
        statement = query.compile(connected, compile_kwargs={"literal_binds": True})
    return "\n".join(str(row[-1]) for row in execute(url, f"{explain} {statement}"))


@contextmanager
def engine(url: str) -> Iterator[Engine]:
    address = make_url(url)
    driver = "sqlite" if address.get_backend_name() == "sqlite" else "postgresql+psycopg"
    made = create_engine(address.set(drivername=driver))
    try:
        yield made
    finally:
        made.dispose()
