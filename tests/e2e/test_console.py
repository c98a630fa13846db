"""The console against the real line, as a dispatcher works on it: a fence drawn, a van that enters it, an alert, the day."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.chromium import ARGUMENTS, chromium
from tests.support.peers import Peer
from tests.support.servers import Server, a_server
from tests.support.waiting import until
from wire.messages import Position

pytestmark = pytest.mark.page


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with a_server(tmp_path) as running:
        yield running


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    """The console, signed in by a one-time link."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        opened = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()
        failures: list[str] = []
        opened.on("pageerror", lambda error: failures.append(str(error)))
        opened.goto(server.milepost("user", "link"))
        yield opened
        browser.close()
    assert not failures


def stands(at: datetime, count: int) -> list[Position]:
    """A van that stands in Helsinki, a fix a second."""
    return [
        Position(at=at + timedelta(seconds=n), lon=24.9384 + n * 1e-6, lat=60.1699, speed_mps=0.0, accuracy_m=3.0)
        for n in range(count)
    ]


def alert_me(server: Server) -> None:
    """A rule of a dispatcher: somebody entered a fence."""
    rule = {"name": "Somebody is in the yard", "kinds": ["fence_entered"], "severity": "critical"}
    key = {"Authorization": f"Bearer {server.key('rules', 'dispatcher')}"}
    httpx.post(f"{server.api.base_url}/api/v1/alert-rules", json=rule, headers=key).raise_for_status()


def test_a_fence_is_drawn_a_van_enters_it_and_the_alert_is_acknowledged(server: Server, page: Page) -> None:
    """The whole of it in one go: nothing here is scripted but the receiver."""
    alert_me(server)
    with Peer(server.mqtt, "van-1") as peer:
        peer.put(stands(datetime.now(UTC) - timedelta(seconds=20), 15))
        peer.all_acked()
        page.goto(f"{server.api.base_url}/?page=fences")
        page.locator("canvas.maplibregl-canvas").wait_for()
        page.get_by_role("button", name="Draw a fence").click()
        expect(page.get_by_label("Name")).to_be_focused()
        page.keyboard.type("Yard")
        page.get_by_text("Circle", exact=True).click()
        page.mouse.click(930, 450)
        page.mouse.click(1130, 450)
        page.get_by_role("button", name="Save fence").click()
        expect(page.get_by_text("Yard counts from now on")).to_be_visible()
        [fence] = server.get("fences")["features"]

        lon, lat = fence["geometry"]["coordinates"]
        began = datetime.now(UTC)
        inside = [msgspec.structs.replace(one, lon=lon, lat=lat) for one in stands(began, 5)]
        peer.put(inside)
        peer.all_acked()
        until(lambda: server.get("visits")["items"], 20, "the visit")

    page.goto(f"{server.api.base_url}/")
    row = page.get_by_text(re.compile("entered Yard")).first
    expect(row).to_be_visible(timeout=20_000)
    expect(page.get_by_role("button", name=re.compile("Acknowledge")).first).to_be_visible(timeout=20_000)
    page.keyboard.press("j")
    page.keyboard.press("e")
    until(lambda: server.get("alerts", state="open")["items"][0]["acknowledged_by"] == "admin", 20, "the deed")

    page.goto(f"{server.api.base_url}/?vehicle=van-1&day={datetime.now(UTC):%Y-%m-%d}")
    expect(page.get_by_text(re.compile("Yard")).first).to_be_visible(timeout=20_000)
    page.keyboard.press("n")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name=re.compile("Pause|Play"))).to_be_visible()
