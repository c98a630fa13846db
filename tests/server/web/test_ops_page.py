"""The live page: list, map, panel, search, keys, and what it says when things are missing."""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.vans import Van
from tests.support.real import data
from tests.support.waiting import until

pytestmark = pytest.mark.page
SEEN = """(credit) => {
  const { left, right, top, bottom } = credit.getBoundingClientRect();
  const above = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  return right <= innerWidth && credit.contains(above);
}"""
AGE = re.compile(r"^\s*(\d+)\s(s|min)$")


def row(page: Page, vehicle: str) -> Locator:
    return page.locator(f"[data-vehicle={vehicle}]")


def map_picture(page: Page) -> bytes:
    return page.locator("canvas.maplibregl-canvas").screenshot()


def age_s(page: Page, vehicle: str) -> int:
    found = AGE.match(row(page, vehicle).locator("time").inner_text())
    assert found
    return int(found[1]) * (60 if found[2] == "min" else 1)


def test_vans_move_on_the_map_and_their_ages_stay_young(stage: MakeStage, open_page: OpenPage) -> None:
    """The heart of the page: what drives is seen driving."""
    page = open_page(stage(8), motion=True)
    row(page, "van-1").wait_for()
    page.locator("canvas.maplibregl-canvas").wait_for()
    pictures: set[bytes] = set()
    # two or three differ while the map is being built; a map that lives goes on
    until(lambda: pictures.add(map_picture(page)) or len(pictures) >= 8, 60, "a moving map")
    until(lambda: age_s(page, "van-1") <= 3, 20, "a fix of the last seconds")
    expect(page.locator("[data-motion=moving]")).not_to_have_count(0)


def test_a_silent_van_stands_first_with_shape_word_and_age(stage: MakeStage, open_page: OpenPage) -> None:
    """We do not know is a state of its own, and it needs somebody."""
    now_s = time.time()
    page = open_page(stage(vans=[Van(number=1, parked=True), Van(number=9, silent_since_s=now_s - 400)]))
    first = page.locator("[data-vehicle]").first
    expect(first).to_have_attribute("data-vehicle", "van-9")
    expect(first).to_contain_text("Last seen")
    assert 5 * 60 <= age_s(page, "van-9") <= 7 * 60
    expect(row(page, "van-9").locator("svg.shape.silent")).to_have_count(1)


def test_search_and_filters_narrow_the_list(stage: MakeStage, open_page: OpenPage) -> None:
    """With 26 vans one is found by typing, not by scrolling."""
    page = open_page(stage(26))
    row(page, "van-1").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("van 12")
    expect(page.locator("[data-vehicle]")).to_have_count(1)
    expect(page.get_by_role("status").filter(has_text="1 vehicle found")).to_have_count(1)
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Silent")).click()
    expect(page.locator("[data-vehicle]")).to_have_count(1)
    page.wait_for_url(re.compile("show=silent"))


def test_the_keyboard_alone_opens_a_vehicle_and_the_focus_comes_back(stage: MakeStage, open_page: OpenPage) -> None:
    """Whoever does not use a mouse loses nothing, not even the place."""
    page = open_page(stage(6))
    row(page, "van-1").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = page.locator(":focus").get_attribute("data-vehicle")
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name=re.compile(r"^Van \d"))
    expect(panel).to_be_visible()
    expect(panel.get_by_role("heading", level=2)).to_be_focused()
    page.keyboard.press("f")
    expect(panel.get_by_role("button", name="Follow on the map")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(row(page, str(focused))).to_be_focused()


def test_a_mark_on_the_map_opens_its_panel(stage: MakeStage, open_page: OpenPage) -> None:
    """The map is no picture: the only van lies in its middle and can be chosen there."""
    page = open_page(stage(vans=[Van(number=4, parked=True)]))
    row(page, "van-4").wait_for()
    canvas = page.locator("canvas.maplibregl-canvas")
    box = canvas.bounding_box()
    assert box
    # 76 px above belong to the figures, 40 below to the credit line
    middle = (box["x"] + box["width"] / 2, box["y"] + (76 + box["height"] - 40) / 2)

    def chosen() -> bool:
        page.mouse.click(*middle)
        return "vehicle=van-4" in page.url

    until(chosen, 30, "a click on the mark")
    expect(page.get_by_role("complementary", name="Van 4")).to_contain_text("Standing")


def test_the_panel_says_how_old_and_how_sure(stage: MakeStage, open_page: OpenPage) -> None:
    """A position without its age and accuracy would claim more than is known."""
    page = open_page(stage(6), "/?vehicle=van-2")
    panel = page.get_by_role("complementary", name="Van 2")
    expect(panel).to_contain_text(re.compile(r"Last fix\s*\d+\ss ago"))
    expect(panel).to_contain_text(re.compile(r"Accuracy\s*±\s6\sm"))
    expect(panel).to_contain_text("14\u00a0satellites")
    expect(panel).to_contain_text("nothing waiting")
    expect(panel.get_by_role("img", name=re.compile("driving .* standing"))).to_be_visible()


def test_without_the_server_the_last_data_stays_and_ages_count_on(stage: MakeStage, open_page: OpenPage) -> None:
    """A console that goes blank, or looks live when it is not, is worse than none."""
    made = stage(vans=[Van(number=1, parked=True)])
    page = open_page(made)
    row(page, "van-1").wait_for()
    made.stop()
    expect(page.locator(".strip.silent")).to_contain_text(
        re.compile(r"Not connected since \d\d:\d\d\. Shown as it was then\."), timeout=10_000
    )
    expect(page.locator("[data-connection=lost]")).to_be_visible()
    before = age_s(page, "van-1")
    until(lambda: age_s(page, "van-1") >= before + 2, 10, "an age that counts on")
    made.start()
    expect(page.locator("[data-connection=live]")).to_be_visible(timeout=15_000)
    expect(page.locator(".strip")).to_have_count(0)
    until(lambda: age_s(page, "van-1") <= 2, 10, "a young age")


def test_a_stream_that_lags_says_by_how_much(stage: MakeStage, open_page: OpenPage) -> None:
    """Live is a claim; 40 s late is not live."""
    made = stage(vans=[Van(number=number) for number in range(1, 5)])
    made.behind_s = 40
    page = open_page(made)
    expect(page.locator(".strip.warn")).to_contain_text(re.compile(r"Live data is \d\d\ss behind; catching up\."))


def test_an_empty_fleet_says_what_would_be_here(stage: MakeStage, open_page: OpenPage) -> None:
    """The first thing that anybody sees of Milepost."""
    page = open_page(stage(0))
    expect(page.get_by_text("No vehicles yet")).to_be_visible()
    page.get_by_role("link", name="Show gateways").click()
    expect(page.get_by_text("milepost gateway run --config FILE")).to_be_visible()


def test_a_list_that_cannot_be_read_says_so_and_can_be_asked_again(stage: MakeStage, open_page: OpenPage) -> None:
    """Never a blank page: what failed, whether anything is lost, what to do."""
    # a silent van, because the report of an unknown one makes the page ask again by itself
    made = stage(vans=[Van(number=1, silent_since_s=time.time())])
    made.broken.add("vehicles")
    page = open_page(made)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The vehicles could not be read")
    expect(alert).to_contain_text("Nothing is lost.")
    made.broken.clear()
    alert.get_by_role("button", name="Try again").click()
    row(page, "van-1").wait_for()


def test_ten_thousand_vans_scroll_like_ten(stage: MakeStage, open_page: OpenPage) -> None:
    """Only rows in sight exist, and the map shows groups with their numbers."""
    page = open_page(stage(10_000))
    row(page, "van-1").wait_for(timeout=20_000)
    assert page.locator("[data-vehicle]").count() < 60
    page.locator("#vehicles").evaluate("(list) => { list.scrollTop = list.scrollHeight; }")
    row(page, "van-10000").wait_for()
    page.keyboard.press("/")
    page.keyboard.type("9999")
    expect(page.locator("[data-vehicle]")).to_have_count(1)
    expect(page.get_by_label("The fleet now")).to_contain_text("10,000")


def test_the_base_map_is_read_in_ranges(stage: MakeStage, open_page: OpenPage) -> None:
    """A city's map is one file; the page takes the pieces that it needs."""
    basemap = data("basemap/porto.pmtiles")
    made = stage(2, basemap=basemap, bounds=[-8.63, 41.14, -8.60, 41.16])
    made.vans = []
    page = open_page(made, ready=False)
    with page.expect_response("**/map/basemap.pmtiles") as answered:
        pass
    assert answered.value.status == 206
    first = map_picture(page)
    until(lambda: len(map_picture(page)) > 1.5 * len(first) or len(first) > 60_000, 15, "streets")


def test_at_360_px_map_sheet_and_sections_share_the_screen(stage: MakeStage, open_page: OpenPage) -> None:
    """A dispatcher away from the desk has a phone."""
    page = open_page(stage(6), width=360, height=740)
    row(page, "van-1").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("link", name="Gateways")).to_be_in_viewport()
    row(page, "van-1").click()
    panel = page.get_by_role("complementary", name="Van 1")
    expect(panel.get_by_role("button", name="Close")).to_be_in_viewport()
    above = {"x": 0, "y": 80, "width": 360, "height": 200}
    until(lambda: len(page.screenshot(clip=above)) > 5_000, 5, "marks on the map above the sheet")
    handle = panel.get_by_role("button", name="Height of the sheet: half")
    handle.click()
    expect(panel.get_by_role("button", name="Height of the sheet: full")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_credit_is_always_visible_at_the_bottom_right_of_the_map(stage: MakeStage, open_page: OpenPage) -> None:
    """OpenStreetMap's licence asks for it; neither panel nor sheet may cover it."""
    page = open_page(stage(6), "/?vehicle=van-1")
    credit = page.locator(".credit")
    expect(credit).to_have_text("© OpenStreetMap contributors")
    for width in (360, 768, 1440, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        until(lambda: credit.evaluate(SEEN), 5, f"the credit line at {width} px")
