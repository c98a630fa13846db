"""Chromium, a stage for it, and the watch over what every page must hold: no error, no request off this machine."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.server.web.stage import Stage, fleet
from tests.support.chromium import ARGUMENTS, chromium
from tests.support.ports import free_port

NOON = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
"""A zone in which it is about noon, so that the last two hours are always of the same day (the sign is POSIX's)."""
TODAY = datetime.now(UTC).astimezone(ZoneInfo(NOON)).date().isoformat()
MakeStage = Callable[..., Stage]
OpenPage = Callable[..., Page]

expect.set_options(timeout=20_000)  # a wait on a condition; three other tests may want the processor meanwhile


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the pages of a file, gone before the next: its event loop lets no other run beside it."""
    found = chromium()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def stage() -> Iterator[MakeStage]:
    """Start stages: `stage()` for six vans, `stage(0)`, `stage(vans=[...])`; all are stopped at the end."""
    started: list[Stage] = []

    def make(count: int = 6, **more: object) -> Stage:
        vans = more.pop("vans", None) or fleet(count, now_s=time.time())
        made = Stage(vans, port=free_port(), **more)
        made.start()
        started.append(made)
        return made

    yield make
    for made in started:
        made.stop()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a page of a stage; at the end no script may have failed and no request may have left loopback."""
    contexts: list[BrowserContext] = []
    failures: list[str] = []
    strangers: set[str] = set()

    def watch(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            strangers.add(url)

    def open_one(
        stage: Stage,
        path: str = "/",
        *,
        width: int = 1280,
        height: int = 640,
        theme: str = "light",
        ready: bool = True,
        motion: bool = False,
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            timezone_id=NOON,
            has_touch=width < 500,
            reduced_motion="no-preference"
            if motion
            else "reduce",  # software GL draws slowly: only where it is asked for
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("request", lambda request: watch(request.url))
        page.goto(stage.url + path)
        if ready:
            page.locator("[data-connection=live]").first.wait_for(state="attached")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not failures
    assert not strangers
