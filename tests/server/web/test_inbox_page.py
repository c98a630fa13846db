"""The alert inbox: read by keys alone, evidence for each alert, storms, deeds, and what it says when things are missing."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import Stage
from tests.server.web.stage.alerts import an_alert
from tests.server.web.stage.busy import make_busy
from tests.server.web.stage.facts import a_fact

pytestmark = pytest.mark.page
INBOX = "/?page=alerts"


def busy(made: Stage) -> Stage:
    make_busy(made)
    return made


def rows(page: Page) -> Locator:
    return page.locator("[data-alert]")


def title(page: Page) -> Locator:
    return page.locator("#alert-title")


def test_the_inbox_is_read_and_worked_by_keys_alone(stage: MakeStage, open_page: OpenPage) -> None:
    """A hundred alerts a day: the hand stays on the keyboard."""
    made = busy(stage(26))
    page = open_page(made, "/")
    page.locator("[data-vehicle]").first.wait_for()
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(title(page)).to_have_text("Van 12 left Ruoholahti depot")
    page.keyboard.press("j")
    expect(title(page)).to_have_text("Somebody opened the gateway of Van 18")
    page.keyboard.press("e")
    expect(page.locator("[data-alert=alert-2]")).to_contain_text("Riikka has it since")
    expect(page.locator("[data-alert=alert-2]")).to_be_focused()
    page.keyboard.press("k")
    expect(title(page)).to_have_text("Van 12 left Ruoholahti depot")
    page.keyboard.press("Enter")
    expect(title(page)).to_be_focused()


def test_what_is_snoozed_leaves_and_the_next_one_is_read(stage: MakeStage, open_page: OpenPage) -> None:
    """A list is worked off from the top; nobody looks for their place again."""
    made = busy(stage(26))
    page = open_page(made, f"{INBOX}&alert=alert-1")
    expect(title(page)).to_have_text("Van 12 left Ruoholahti depot")
    page.keyboard.press("s")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"Snoozed for 1.h"))).to_be_visible()
    expect(title(page)).to_have_text("Somebody opened the gateway of Van 18")
    page.keyboard.press("3")
    expect(page.locator("[data-alert=alert-1]")).to_contain_text("Quiet until")
    page.keyboard.press("z")
    expect(page.locator("[data-alert=alert-1]")).to_have_count(0)
    assert made.alerts[0]["state"] == "open"


def test_the_evidence_says_why_with_figures_map_time_line_and_raw_fixes(stage: MakeStage, open_page: OpenPage) -> None:
    """An alert that cannot be checked is not believed."""
    made = stage(6)
    fact = a_fact("fence_left", "van-3", made.began_s - 400, duration_s=2040.0, fence="ruoholahti")
    made.alerts = [an_alert(1, ago_s=400, facts=[fact])]
    page = open_page(made, INBOX)
    why = page.get_by_role("article")
    expect(why).to_contain_text("It left at its south gate, after 34 min inside.")
    expect(why).to_contain_text(re.compile(r"Known after\s*2.s"))
    expect(why).to_contain_text("Act now when a van leaves a fence")
    expect(why.locator("canvas.maplibregl-canvas")).to_be_visible()
    expect(why.get_by_role("heading", level=4, name=re.compile("^Left"))).to_be_visible()
    slider = why.get_by_role("slider", name="Time on the map")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("."))
    before = slider.get_attribute("aria-valuetext") or ""
    slider.press("ArrowLeft")
    expect(slider).not_to_have_attribute("aria-valuetext", before)
    expect(why.locator("details table")).to_have_count(0)
    why.get_by_text(re.compile("raw fixes of these minutes")).click()
    expect(why.get_by_role("columnheader", name="Accuracy")).to_be_visible()


def test_a_storm_is_one_row_that_unfolds(stage: MakeStage, open_page: OpenPage) -> None:
    """38 alerts with one cause are one row."""
    page = open_page(busy(stage(26)), INBOX)
    expect(page.locator("[data-alert=alert-10]")).to_contain_text("6\u00a0alerts folded into one")
    count = rows(page).count()
    page.get_by_role("button", name="Show the vehicles").click()
    expect(rows(page)).to_have_count(count + 6)
    page.get_by_role("button", name="Fold", exact=True).click()
    expect(rows(page)).to_have_count(count)


def test_somebody_is_given_it_and_a_comment_stays(stage: MakeStage, open_page: OpenPage) -> None:
    """Who has it and what was found out must be there for the next shift."""
    made = busy(stage(26))
    page = open_page(made, f"{INBOX}&alert=alert-1")
    expect(title(page)).to_have_text("Van 12 left Ruoholahti depot")
    page.keyboard.press("a")
    page.get_by_role("menuitem", name=re.compile("Take it yourself")).press("Enter")
    expect(page.get_by_role("region", name="People")).to_contain_text("Riikka has it")
    page.keyboard.press("c")
    page.keyboard.type("Called Aino: she is on her way. e")
    page.keyboard.press("Control+Enter")
    history = page.get_by_role("region", name="History")
    expect(history.get_by_text("Called Aino: she is on her way. e")).to_be_visible()
    assert made.alerts[0]["assigned_to"] == "Riikka Salo"
    assert made.alerts[0]["state"] == "open"


def test_a_closed_one_says_how_it_ended_and_can_be_opened_again(stage: MakeStage, open_page: OpenPage) -> None:
    """Closed is not gone."""
    made = busy(stage(26))
    page = open_page(made, f"{INBOX}&state=closed")
    expect(rows(page)).to_have_count(3)
    expect(rows(page).first).to_contain_text("Closed by itself")
    page.get_by_role("button", name="Open it again").click()
    expect(rows(page)).to_have_count(2)


def test_who_was_told_and_what_was_not_delivered_is_said(stage: MakeStage, open_page: OpenPage) -> None:
    """A message that did not arrive is news for whoever counts on it."""
    page = open_page(busy(stage(26)), f"{INBOX}&alert=alert-2")
    people = page.get_by_role("region", name="People")
    expect(people).to_contain_text("Operations: not delivered: The receiver answered 500 five times.")
    expect(people.locator("svg.shape.crit")).to_have_count(1)


def test_an_empty_inbox_says_what_would_be_there(stage: MakeStage, open_page: OpenPage) -> None:
    """Nothing to do is the best news; it is not a broken page."""
    page = open_page(stage(6), INBOX)
    expect(page.get_by_role("heading", name="Nothing needs you")).to_be_visible()
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Nothing is yours")).to_be_visible()


def test_alerts_that_cannot_be_read_say_so_and_can_be_asked_again(stage: MakeStage, open_page: OpenPage) -> None:
    """What failed, whether anything is lost, what to do."""
    made = busy(stage(26))
    page = open_page(made, INBOX)
    rows(page).first.wait_for()
    made.broken.add("alerts")
    page.keyboard.press("4")
    expect(page.get_by_role("alert")).to_contain_text("The alerts could not be read")
    made.broken.clear()
    page.get_by_role("button", name="Try again").click()
    expect(rows(page).first).to_be_visible()


def test_a_link_to_an_alert_that_is_gone_says_so(stage: MakeStage, open_page: OpenPage) -> None:
    """Old links live in chats and mails."""
    page = open_page(busy(stage(26)), f"{INBOX}&alert=nobody")
    expect(page.get_by_role("heading", name="This alert is not here")).to_be_visible()
    page.get_by_role("button", name="Show all alerts").click()
    expect(title(page)).to_have_text("Van 12 left Ruoholahti depot")


def test_on_a_phone_list_and_evidence_are_two_screens(stage: MakeStage, open_page: OpenPage) -> None:
    """At 360 px one thing at a time, the deeds under the thumb."""
    page = open_page(busy(stage(26)), INBOX, width=360, height=740)
    rows(page).first.click()
    expect(title(page)).to_be_visible()
    expect(rows(page).first).to_be_hidden()
    expect(page.get_by_role("button", name="Acknowledge")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    page.get_by_role("button", name="All alerts").click()
    expect(rows(page).first).to_be_visible()
    page.go_back()
    expect(title(page)).to_be_visible()
