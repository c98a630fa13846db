"""A vehicle's day: its track, the replay, and the list that says the same in words."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.conftest import TODAY, MakeStage, OpenPage
from tests.server.web.stage import Stage
from tests.server.web.stage.alerts import an_alert
from tests.server.web.stage.facts import a_fact
from tests.server.web.stage.fences import a_circle, keep
from tests.server.web.vans import instant
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
    until(lambda: playhead_ms(page) == end - 10_000, 10, "a playhead that moved")
    slider.press("Shift+ArrowLeft")
    until(lambda: playhead_ms(page) == end - 70_000, 10, "a playhead that moved")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"\d\d:\d\d:\d\d, \d+\skm/h"))


def test_space_plays_from_the_beginning_and_pauses(stage: MakeStage, open_page: OpenPage) -> None:
    """At the end, play means again; a pause holds."""
    page = open_day(open_page, stage(6))
    end = playhead_ms(page)
    page.keyboard.press("Space")
    until(lambda: playhead_ms(page) < end - 60_000, 20, "a playhead that starts again")
    first = playhead_ms(page)
    until(lambda: playhead_ms(page) > first, 20, "a playhead that runs")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    held = playhead_ms(page)
    page.keyboard.press("n")
    until(lambda: playhead_ms(page) > held, 10, "a playhead that moved on")


def test_replay_moves_the_vehicle_on_the_map(stage: MakeStage, open_page: OpenPage) -> None:
    """The track is coloured up to the playhead and pale after it."""
    page = open_day(open_page, stage(6))
    canvas = page.locator("canvas.maplibregl-canvas")
    until(lambda: canvas.screenshot() == canvas.screenshot(), 30, "a map that stands still")
    before = canvas.screenshot()
    page.get_by_role("slider", name="Time of the replay").fill(str(round((time.time() - 3600) * 1000)))
    until(lambda: canvas.screenshot() != before, 20, "another picture")


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


def with_a_depot(made: Stage) -> Stage:
    """A fence at the end of van 2's street, so that it visits something."""
    street = made.van("van-2").street
    lon, lat, _ = street.place(street.length_m)
    keep(made, a_circle("depot", "Ruoholahti depot", lon=lon, lat=lat, radius_m=90.0, site=True))
    return made


def test_the_day_is_told_by_facts(stage: MakeStage, open_page: OpenPage) -> None:
    """Visits by the fence's name, on the axis and in the list; N and P go from one to the next."""
    page = open_day(open_page, with_a_depot(stage(6)))
    happened = page.get_by_label("What happened", exact=True)
    expect(happened).to_contain_text(re.compile(r"In Ruoholahti depot for"))
    expect(page.locator(".lane.places i").first).to_be_attached()
    page.keyboard.press("p")
    page.keyboard.press("p")
    before = playhead_ms(page)
    chosen = happened.locator("[aria-current=true]")
    expect(chosen).to_have_count(1)
    page.keyboard.press("n")
    until(lambda: playhead_ms(page) > before, 10, "a playhead that moved on")


def test_late_data_says_what_it_moved(stage: MakeStage, open_page: OpenPage) -> None:
    """Nothing changes behind anybody's back: the fact says from when, what was taken back is counted."""
    made = stage(6)
    now_s = made.began_s
    moved = {"id": "new", "instead_of": "old", "recorded_at": instant(now_s - 600), "mps2": 5.3}
    made.facts = [
        a_fact("harsh_braking", "van-2", now_s - 1200, **moved),
        {**a_fact("harsh_braking", "van-2", now_s - 1740), "id": "old", "withdrawn": True},
        {**a_fact("tamper", "van-2", now_s - 1500), "withdrawn": True},
    ]
    page = open_day(open_page, made)
    happened = page.get_by_label("What happened", exact=True)
    expect(happened).to_contain_text(re.compile(r"Changed at \d\d:\d\d: late data moved this from \d\d:\d\d\."))
    expect(happened).to_contain_text(re.compile(r"2.facts changed"))
    happened.get_by_text(re.compile("1.fact taken back")).click()
    expect(happened.locator("s")).to_contain_text("opened the gateway")


def test_alerts_stand_on_the_axis_and_on_the_map(stage: MakeStage, open_page: OpenPage) -> None:
    """What else was true then? A click on one puts the playhead there."""
    made = stage(6)
    made.alerts = [an_alert(7, ago_s=1800, vehicle="van-2", vehicle_name="Van 2", title="61 in a 40 zone, 9 s")]
    page = open_day(open_page, made)
    marks = page.get_by_role("button", name=re.compile(r"^\d\d:\d\d: 61 in a 40 zone"))
    expect(marks).to_have_count(2)
    on_axis, on_map = marks.all()
    on_axis.click()
    assert abs(playhead_ms(page) / 1000 - (time.time() - 1800)) < 60
    expect(page.get_by_label("What happened", exact=True)).to_contain_text("61 in a 40 zone, 9 s")
    page.get_by_role("slider", name="Time of the replay").fill(str(round((time.time() - 3600) * 1000)))
    expect(page.locator(".told.todo")).to_have_count(1)
    on_map.click()
    expect(page.locator(".told.todo")).to_have_count(0)


def test_flagged_fixes_are_off_until_somebody_asks(stage: MakeStage, open_page: OpenPage) -> None:
    """They move nothing: neither the line nor the length."""
    made = stage(6)
    fix = made.van("van-2").fix(made.began_s - 900)
    made.doubted = {"van-2": [{**fix, "lat": fix["lat"] + 0.002, "flags": "jump"}]}
    page = open_day(open_page, made)
    canvas = page.locator("canvas.maplibregl-canvas")
    until(lambda: canvas.screenshot() == canvas.screenshot(), 30, "a map that stands still")
    before = canvas.screenshot()
    page.get_by_label("1\u00a0flagged fix").check()
    until(lambda: canvas.screenshot() != before, 20, "a diamond")


def test_a_day_whose_facts_cannot_be_read_still_has_its_track(stage: MakeStage, open_page: OpenPage) -> None:
    """It says so in place, and what the track shows stays."""
    made = stage(6)
    made.broken.add("facts")
    page = open_day(open_page, made)
    happened = page.get_by_label("What happened", exact=True)
    expect(happened).to_contain_text("What happened could not be read.")
    expect(happened).to_contain_text(re.compile("No fix for 10"))
    made.broken.clear()
    happened.get_by_role("button", name="Try again").click()
    expect(happened).not_to_contain_text("could not be read")
