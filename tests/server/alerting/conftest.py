"""One database of each kind for the tests of a file, emptied for each test."""

from collections.abc import Iterator

import pytest

from tests.support.alerting import Alerting


@pytest.fixture(scope="module")
def emptied_by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alerting]:
    """SQLite, for properties that try many cases."""
    made = Alerting("", tmp_path_factory.mktemp("alerting"))
    yield made
    made.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def _of_each_kind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alerting]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    made = Alerting(url, tmp_path_factory.mktemp("alerting"))
    yield made
    made.close()


@pytest.fixture
def alerting(_of_each_kind: Alerting) -> Alerting:
    """With forty vans, and nothing else."""
    _of_each_kind.empty()
    return _of_each_kind
