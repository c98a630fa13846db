"""What needs somebody: above the vehicles, on the map's marks, in a vehicle's panel; acknowledged, and taken back."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import Stage
from tests.server.web.stage.alerts import an_alert

pytestmark = pytest.mark.page
CRITICAL = {"severity": "critical", "title": "Van 3 left Ruoholahti depot"}


def with_alerts(made: Stage) -> Stage:
    """One critical alert of van 3, one warning of van 2."""
    warning = an_alert(2, ago_s=30, vehicle="van-2", vehicle_name="Van 2", title="Van 2 waits at Töölö dock")
    made.alerts = [an_alert(1, ago_s=100, **CRITICAL), warning]
    return made


def needs_you(page: Page) -> Locator:
    return page.get_by_role("region", name=re.compile("Needs you"))


def test_what_needs_somebody_stands_above_the_vehicles_worst_first(stage: MakeStage, open_page: OpenPage) -> None:
    """The job is to be told, not to look."""
    page = open_page(with_alerts(stage(6)))
    titles = needs_you(page).get_by_role("heading", level=3)
    expect(titles).to_have_text(["Van 3 left Ruoholahti depot", "Van 2 waits at Töölö dock"])
    expect(page.get_by_role("link", name=re.compile("^Alerts ?, 1 open and critical"))).to_be_visible()
    expect(page.locator("[data-vehicle]").first).to_have_attribute("data-vehicle", "van-3")
    expect(page.locator("[data-vehicle=van-3] .mk.crit")).to_have_count(1)
    expect(page.locator("[data-vehicle=van-2] .mk.warn")).to_have_count(1)


def test_e_acknowledges_the_loud_one_and_z_takes_it_back(stage: MakeStage, open_page: OpenPage) -> None:
    """Two keys, no mouse; and a slip of the finger is no harm."""
    made = with_alerts(stage(6))
    page = open_page(made)
    needs_you(page).wait_for()
    page.keyboard.press("e")
    expect(page.get_by_text("Acknowledged: Van 3 left Ruoholahti depot")).to_be_visible()
    expect(needs_you(page)).to_contain_text("Riikka has it since")
    expect(page.locator("[data-vehicle=van-3] .mk.crit")).to_have_count(0)
    assert made.alerts[0]["state"] == "acknowledged"
    page.keyboard.press("z")
    expect(page.get_by_text("Taken back: acknowledged")).to_be_visible()
    assert made.alerts[0]["state"] == "open"


def test_the_toast_has_undo_for_those_who_use_the_mouse(stage: MakeStage, open_page: OpenPage) -> None:
    """Whatever a key does, a button does."""
    made = with_alerts(stage(6))
    page = open_page(made)
    needs_you(page).get_by_role("button", name="Acknowledge").first.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Taken back: acknowledged")).to_be_visible()
    assert made.alerts[0]["state"] == "open"


def test_a_deed_that_fails_changes_nothing_and_says_so(stage: MakeStage, open_page: OpenPage) -> None:
    """Nobody may believe that somebody has it when nobody has."""
    made = with_alerts(stage(6))
    made.broken.add("deeds")
    page = open_page(made)
    needs_you(page).get_by_role("button", name="Acknowledge").first.click()
    expect(page.get_by_text("The store does not answer. Nothing was changed.")).to_be_visible()
    expect(needs_you(page).get_by_role("button", name="Acknowledge").first).to_be_enabled()


def test_the_keys_go_from_the_alerts_to_the_vehicles_as_one_list(stage: MakeStage, open_page: OpenPage) -> None:
    """J is enough to reach everything on the left."""
    page = open_page(with_alerts(stage(6)))
    needs_you(page).wait_for()
    focused = page.locator(":focus")
    for expected in ("Van 3 left Ruoholahti depot", "Van 2 waits at Töölö dock", re.compile("^3 Van 3")):
        page.keyboard.press("j")
        expect(focused).to_have_text(expected) if isinstance(expected, str) else expect(focused).to_have_attribute(
            "data-vehicle", "van-3"
        )
    page.keyboard.press("k")
    expect(focused).to_have_text("Van 2 waits at Töölö dock")


def test_a_vehicles_panel_shows_its_open_alert_with_what_can_be_done(stage: MakeStage, open_page: OpenPage) -> None:
    """Whoever looks at the van has to see what is wrong with it."""
    page = open_page(with_alerts(stage(6)))
    needs_you(page).get_by_role("button", name="Van 3 left Ruoholahti depot").click()
    panel = page.get_by_role("complementary", name="Van 3")
    expect(panel).to_contain_text("It left at its south gate, after 34 min inside.")
    panel.get_by_role("link", name=re.compile("Show evidence")).click()
    expect(page.get_by_role("heading", level=2, name="Van 3 left Ruoholahti depot")).to_be_visible()
    page.wait_for_url(re.compile("page=alerts"))
    page.wait_for_url(re.compile("alert=alert-1"))


def test_a_new_alert_comes_by_itself_and_is_read_aloud(stage: MakeStage, open_page: OpenPage) -> None:
    """An alert that is seen only after a reload is no alert."""
    made = stage(6)
    page = open_page(made)
    page.locator("[data-vehicle]").first.wait_for()
    expect(needs_you(page)).to_have_count(0)
    made.alerts = [an_alert(1, ago_s=1, **CRITICAL)]
    made.say("alert", {"id": "alert-1", "state": "open"})
    expect(needs_you(page)).to_contain_text("Van 3 left Ruoholahti depot")
    expect(page.locator("[aria-live=polite]")).to_have_text("New alert. Van 3 left Ruoholahti depot.")


def test_single_keys_can_be_switched_off(stage: MakeStage, open_page: OpenPage) -> None:
    """A voice that dictates must not acknowledge alerts."""
    made = with_alerts(stage(6))
    page = open_page(made)
    needs_you(page).wait_for()
    page.get_by_role("button", name=re.compile("Signed in as")).click()
    page.get_by_label("Single keys work as commands").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(needs_you(page).get_by_role("button", name="Acknowledge").first).to_be_visible()
    assert made.alerts[0]["state"] == "open"
