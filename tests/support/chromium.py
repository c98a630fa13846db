"""Debian's Chromium without a window, and the pages that it opens."""

import shutil

from tests.support.real import ROOT, real_part

ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The shell first: without a browser around its pages it needs a third less of the processor."""


def chromium() -> str:
    """Where it is; the pages must be built, too."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    real_part("Chromium", found, "apt-get install chromium-headless-shell")
    real_part("server/web/dist", (ROOT / "server/web/dist/ops.html").exists(), "npm ci && npm run build in server/web")
    assert found
    return found
