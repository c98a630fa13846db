"""A vehicle's day: its track, the replay, and the list that says the same in words."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.conftest import TODAY, MakeStage, OpenPage
from tests.support.waiting import until

pytestmark = pytest.mark.page


def open_day(open_page: OpenPage, made: object, **more: int) -> Page:
    page = open_page(made, f"/?vehicle=van-2&day={TODAY}", **more)
    page.get_by_role("slider", name="Time of the replay").wait_for()
    return page


def playhead_ms(page: Page) -> float:
    return float(page.get_by_role("slider", name="Time of the replay").input_value())


def test_the_day_opens_by_key_with_its_figures_and_its_gap(stage: MakeStage, open_page: OpenPage) -> None:
    """Whoever asks what happened sees the hole first, because it is the doubt."""
    page = open_page(stage(6), "/?vehicle=van-2")
    page.get_by_role("heading", name="Van 2").wait_for()
    page.keyboard.press("d")
    expect(page.get_by_label("What happened", exact=True)).to_contain_text("No fix for 10\u00a0min")
    expect(page.locator("header.head .facts")).to_contain_text(re.compile(r"Distance\s*[\d.]+\skm"))
    assert re.search(r"day=\d{4}-\d\d-\d\d", page.url)


def test_the_slider_moves_the_playhead_by_keys(stage: MakeStage, open_page: OpenPage) -> None:
    """Replay is for everybody, so its slider is a slider."""
    page = open_day(open_page, stage(6))
    slider = page.get_by_role("slider", name="Time of the replay")
    end = playhead_ms(page)
    slider.press("ArrowLeft")
    assert playhead_ms(page) == end - 10_000
    slider.press("Shift+ArrowLeft")
    assert playhead_ms(page) == end - 70_000
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d\d:\d\d:\d\d, \d+\skm/h"))


def test_space_plays_from_the_beginning_and_pauses(stage: MakeStage, open_page: OpenPage) -> None:
    """At the end, play means again; a pause holds."""
    page = open_day(open_page, stage(6))
    end = playhead_ms(page)
    page.keyboard.press("Space")
    until(lambda: playhead_ms(page) < end - 60_000, 5, "a playhead that starts again")
    first = playhead_ms(page)
    until(lambda: playhead_ms(page) > first, 5, "a playhead that runs")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    held = playhead_ms(page)
    page.keyboard.press("n")
    assert playhead_ms(page) > held


def test_replay_moves_the_vehicle_on_the_map(stage: MakeStage, open_page: OpenPage) -> None:
    """The track is coloured up to the playhead and pale after it."""
    page = open_day(open_page, stage(6))
    canvas = page.locator("canvas.maplibregl-canvas")
    until(lambda: canvas.screenshot() == canvas.screenshot(), 10, "a map that stands still")
    before = canvas.screenshot()
    page.get_by_role("slider", name="Time of the replay").fill(str(round((time.time() - 3600) * 1000)))
    until(lambda: canvas.screenshot() != before, 5, "another picture")


def test_an_event_of_the_list_puts_the_playhead_there(stage: MakeStage, open_page: OpenPage) -> None:
    """The list is the axis for whoever reads."""
    page = open_day(open_page, stage(6))
    gap = page.get_by_role("button", name=re.compile("No fix for"))
    gap.click()
    expect(gap).to_have_attribute("aria-current", "true")
    expect(page.locator(".readout")).to_contain_text("no fix here")


def test_a_day_without_positions_says_so(stage: MakeStage, open_page: OpenPage) -> None:
    """Yesterday is as far as one click; it may be empty."""
    page = open_day(open_page, stage(6))
    page.get_by_role("button", name="The day before").click()
    expect(page.get_by_text("No position on this day")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("complementary", name="Van 2")).to_be_visible()


def test_the_track_can_be_taken_as_a_file(stage: MakeStage, open_page: OpenPage) -> None:
    """The same day as GeoJSON, GPX and CSV, by the API's own links."""
    page = open_day(open_page, stage(6))
    page.get_by_text("Export").click()
    link = page.get_by_role("link", name="GPX").get_attribute("href")
    assert re.match(r"/api/v1/vehicles/van-2/track\?from=.+&to=.+&format=gpx$", str(link))


def test_the_day_fits_a_phone(stage: MakeStage, open_page: OpenPage) -> None:
    """Map, replay and events one below the other, nothing sideways."""
    page = open_day(open_page, stage(6), width=360, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_in_viewport()
    expect(page.get_by_label("What happened", exact=True)).to_be_in_viewport()
