"""docs/openapi.json is what the application says."""

import json
import subprocess
import sys

from tests.support.real import ROOT


def test_the_committed_document_is_what_the_command_prints():
    """The page's types and other people's clients are generated from it: a stale one breaks them silently."""
    printed = subprocess.run(
        [sys.executable, "-m", "milepost.main", "server", "openapi"], capture_output=True, check=True, cwd=ROOT
    ).stdout
    committed = (ROOT / "docs" / "openapi.json").read_bytes()
    assert printed == committed, "run `milepost server openapi > docs/openapi.json`"


def test_every_endpoint_says_what_it_does_and_how_it_fails():
    """A person who writes a client reads nothing else."""
    said = json.loads((ROOT / "docs" / "openapi.json").read_bytes())
    for path, methods in said["paths"].items():
        for method, operation in methods.items():
            assert operation["description"], f"{method} {path}"
            if operation.get("security") != []:
                assert {"401", "503"} <= operation["responses"].keys(), f"{method} {path}"
