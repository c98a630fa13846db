"""The tags: which battery ends, which is silent, what a cold parcel measured, and when somebody is told."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import Stage
from tests.server.web.stage.parcels import IBEACON, make_parcels
from tests.server.web.stage.tags import a_tag, a_warm_day

pytestmark = pytest.mark.page
TAGS = "/?page=packages&tab=tags"
COLD = f"{TAGS}&tag-id={IBEACON.replace('/', '%2F')}%2F17"


@pytest.fixture
def morning(stage: MakeStage) -> Stage:
    """A stage with a morning of parcels."""
    made = stage(6)
    make_parcels(made)
    return made


def open_cold(morning: Stage, open_page: OpenPage) -> Page:
    """The panel of the tag that measures."""
    page = open_page(morning, COLD, height=900)
    page.get_by_role("complementary", name="Cold 17").wait_for()
    return page


def test_a_battery_that_ends_soon_stands_first_with_its_forecast(morning: Stage, open_page: OpenPage) -> None:
    """Somebody buys cells before a parcel is lost for want of one."""
    page = open_page(morning, "/?page=packages")
    page.get_by_role("link", name="Tags").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tags")
    expect(page.get_by_text("15 tags, 1 with a battery that ends soon")).to_be_visible()
    first = page.locator("[data-tag]").first
    expect(first).to_contain_text(re.compile(r"AA:BB:CC:DD:EE:0F.*9.%.*until about \d+.\w+"))
    expect(page.locator(f"[data-tag='{IBEACON}/17']")).to_contain_text("until about March")
    expect(page.locator("[data-tag='AA:BB:CC:DD:EE:10']")).to_contain_text("never")


def test_low_silent_and_free_ones_are_shown_alone(morning: Stage, open_page: OpenPage) -> None:
    """The three questions of whoever looks after tags; and search by name, id and package."""
    page = open_page(morning, TAGS)
    for which, count in (("low", 1), ("silent", 1), ("free", 1), ("", 15)):
        page.get_by_label("Show", exact=True).select_option(which)
        expect(page.locator("[data-tag]")).to_have_count(count)
    for text in ("cold 17", "MP-A17K", "6d/4/17"):
        page.get_by_role("searchbox", name="Search tags").fill(text)
        expect(page.locator("[data-tag]")).to_have_count(1)
        page.get_by_role("searchbox", name="Search tags").fill("")
        expect(page.locator("[data-tag]")).to_have_count(15)


def test_the_chart_has_its_limits_and_a_twin_in_figures(morning: Stage, open_page: OpenPage) -> None:
    """Who does not see the curve reads the hours; both say how long it was too warm."""
    page = open_cold(morning, open_page)
    panel = page.get_by_role("complementary", name="Cold 17")
    expect(panel.get_by_role("img", name=re.compile(r"Temperature: \d.* to (9|10)\.\d °C in 24 hours"))).to_be_visible()
    expect(panel).to_contain_text(re.compile(r"Beyond its limits for 2\d.min in this window"))
    expect(panel.locator("svg .edge")).to_have_count(2)
    panel.get_by_role("button", name="Show as table").click()
    rows = panel.get_by_role("row")
    expect(rows.first).to_contain_text("Most °C")
    most = [float(text) for text in panel.locator("tbody td:nth-child(4)").all_inner_texts()]
    assert 23 <= len(most) <= 25
    assert max(most) > 8
    panel.get_by_role("button", name="7 days").click()
    expect(panel.get_by_role("row")).not_to_have_count(len(most) + 1)
    panel.get_by_label("What is shown").select_option("humidity_percent")
    expect(panel).to_contain_text("It said nothing of this in the window.")


def test_limits_with_their_dwell_are_changed_and_taken_back(morning: Stage, open_page: OpenPage) -> None:
    """An open door for two minutes is no broken cold chain."""
    page = open_cold(morning, open_page)
    panel = page.get_by_role("complementary", name="Cold 17")
    panel.get_by_role("button", name="Change name and limits").click()
    panel.get_by_label("Most").fill("1")
    panel.get_by_role("button", name="Save limits").click()
    expect(panel.get_by_role("alert")).to_have_text("The least has to be below the most.")
    panel.get_by_label("Most").fill("7,5")
    panel.get_by_label("For").fill("20")
    panel.get_by_role("button", name="Save limits").click()
    expect(panel).to_contain_text("Temperature 2 to 7.5\u00a0°C, 20\u00a0min")
    [limit] = morning.tags[0]["limits"]
    assert limit == {"quantity": "temperature_c", "min": 2, "max": 7.5, "dwell_s": 1200}
    page.get_by_role("button", name="Undo").click()
    expect(panel).to_contain_text("Temperature 2 to 8\u00a0°C, 10\u00a0min")


def test_a_tag_leads_to_its_package_and_back(morning: Stage, open_page: OpenPage) -> None:
    """What is cold is asked for by the parcel's name."""
    page = open_cold(morning, open_page)
    page.get_by_role("complementary", name="Cold 17").get_by_role("link", name="MP-A17K").click()
    panel = page.get_by_role("complementary", name="MP-A17K")
    panel.get_by_role("link", name=f"{IBEACON}/17").click()
    expect(page.get_by_role("complementary", name="Cold 17")).to_be_visible()


def test_a_tag_is_added_and_removed_by_whoever_may(morning: Stage, open_page: OpenPage) -> None:
    """One that is there already says so; one on a package has no such button."""
    page = open_page(morning, TAGS)
    page.get_by_role("button", name="Add tag").click()
    panel = page.get_by_role("complementary", name="New tag")
    panel.get_by_label("Id").fill(f"{IBEACON}/17")
    panel.get_by_role("button", name="Add tag").click()
    expect(panel.get_by_role("alert")).to_contain_text("already")
    panel.get_by_label("Id").fill("AA:BB:CC:DD:EE:99")
    panel.get_by_role("button", name="Add tag").click()
    made = page.get_by_role("complementary", name="AA:BB:CC:DD:EE:99")
    made.get_by_role("button", name="Remove tag").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove tag").click()
    expect(page.locator("[data-tag='AA:BB:CC:DD:EE:99']")).to_have_count(0)
    page.goto(morning.url + COLD)
    expect(page.get_by_role("complementary", name="Cold 17")).to_be_visible()
    expect(page.get_by_role("button", name="Remove tag")).to_have_count(0)


def test_whoever_may_only_look_sees_limits_and_no_buttons(stage: MakeStage, open_page: OpenPage) -> None:
    """A viewer."""
    made = stage(3, may=["positions:read", "packages:read"])
    make_parcels(made)
    page = open_page(made, COLD)
    expect(page.get_by_role("complementary", name="Cold 17")).to_contain_text("Temperature 2 to 8")
    for name in ("Add tag", "Import bindings", "Change name and limits"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)


def test_empty_and_failed_say_what_to_do(stage: MakeStage, open_page: OpenPage) -> None:
    """The list, and the readings for themselves."""
    made = stage(3)
    page = open_page(made, TAGS)
    expect(page.get_by_role("heading", name="No tags yet")).to_be_visible()
    made.broken.add("tags")
    page.get_by_label("Show", exact=True).select_option("low")
    expect(page.get_by_role("alert")).to_contain_text("The store does not answer. Nothing is lost.")
    made.broken = {"readings"}
    made.tags = [a_tag("T1", battery_percent=12.0)]
    made.readings = {"T1": {"temperature_c": a_warm_day()}}
    page.get_by_role("button", name="Try again").click()
    page.get_by_role("button", name="T1").click()
    panel = page.get_by_role("complementary", name="T1")
    expect(panel.get_by_role("alert")).to_contain_text("The readings could not be read.")
    made.broken.clear()
    panel.get_by_role("button", name="Try again").click()
    expect(panel.get_by_role("img", name=re.compile("^Temperature"))).to_be_visible()
