"""What holds for every test: how many examples hypothesis tries, and what runs beside what."""

import os

import pytest
from hypothesis import HealthCheck, settings

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # of hundreds of processes only the first compiles what it imports

settings.register_profile("short", max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", max_examples=5000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("MILEPOST_TEST_PROFILE", "short"))


FIRST = ("tests/server/api/test_fuzz.py", "tests/bluez/", "tests/e2e/", "tests/server/web/test_looks.py")
"""What takes longest begins first, so that no worker stands at the end while another has one of these before it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of a file stay on one worker, for what the file sets up; those of e2e share nothing."""
    for item in items:
        alone = item.nodeid.startswith("tests/e2e/")
        item.add_marker(pytest.mark.xdist_group(item.nodeid if alone else item.nodeid.partition("::")[0]))
    ranks = {first: rank for rank, first in enumerate(FIRST)}
    items.sort(key=lambda item: next((ranks[first] for first in FIRST if item.nodeid.startswith(first)), len(ranks)))
