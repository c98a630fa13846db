"""Real databases for the server's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Postgres
from tests.support.stores import Stores


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for all tests; each makes its own database."""
    server = Postgres()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The setting [database] url of an empty database, of each kind."""
    if request.param == "sqlite":
        return ""
    return request.getfixturevalue("postgres").new_database()


@pytest.fixture
def stores(tmp_path: Path, database_url: str) -> Iterator[Stores]:
    """Empty stores, on each database."""
    made = Stores(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[..., Stores]]:
    """Stores by the name of their folder, for tests that close and restore them; all are closed at the end."""
    made: list[Stores] = []

    def open_stores(name: str = "data") -> Stores:
        (tmp_path / name).mkdir(exist_ok=True)
        made.append(Stores(tmp_path / name))
        return made[-1]

    yield open_stores
    for stores in made:
        stores.close()
