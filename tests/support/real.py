"""Real parts of other makers (servers, browsers, data): skipped with a reason when missing, unless they are required."""

import os
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED_DATA = ROOT.parent / "shared" / "data"


def real_part(name: str, found: object, remedy: str = "") -> None:
    """Skip this test when the part is missing; fail when MILEPOST_REQUIRE_REAL=1 says that it has to be there."""
    if found:
        return
    reason = f"{name} is missing" + (f": {remedy}" if remedy else "")
    if os.environ.get("MILEPOST_REQUIRE_REAL") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def program(name: str) -> str:
    """Where a program is; the sbin folders count, because Debian puts servers there and PATH often lacks them."""
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))
    real_part(name, found, f"install the package that has {name}")
    assert found
    return found


def data(path: str) -> Path:
    """A file of the real data that lies beside the project."""
    found = SHARED_DATA / path
    real_part(f"shared/data/{path}", found.exists(), "put the data folder beside the project")
    return found
