"""Settings of alerts: rules with the sentence that they make, channels with their test, what one person is told."""

import re

import pytest
from playwright.sync_api import expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import Stage
from tests.server.web.stage.busy import make_busy
from tests.server.web.stage.fences import a_circle, keep
from tests.server.web.stage.notify import a_channel

pytestmark = pytest.mark.page


def busy(made: Stage) -> Stage:
    make_busy(made)
    return made


def test_a_rule_is_a_sentence_while_it_is_written(stage: MakeStage, open_page: OpenPage) -> None:
    """Whoever makes a rule must know beforehand what it will do."""
    made = stage(6)
    keep(made, a_circle("depot", "Ruoholahti depot"))
    page = open_page(made, "/?page=settings&tab=rules")
    page.get_by_role("button", name="Make a rule").click()
    side = page.get_by_role("complementary", name="Make a rule")
    side.get_by_label("Name").fill("Left the depot at night")
    side.get_by_role("searchbox", name="Search in what it watches").fill("leaves")
    side.get_by_label("A van leaves a fence").check()
    side.get_by_role("button", name="Act now").click()
    side.get_by_role("group", name="Fences").get_by_role("button", name="Only some").click()
    side.get_by_label("Ruoholahti depot").check()
    side.get_by_label("Hours").fill("Mon-Fri 20:00-05:00")
    expect(side).to_contain_text("Act now when a van leaves a fence, at Ruoholahti depot, Mon to Fri 20:00–05:00")
    expect(side).to_contain_text("It closes by itself when a van enters a fence.")
    side.get_by_role("button", name="Make the rule").click()
    expect(page.get_by_text("Left the depot at night is made")).to_be_visible()
    made_rule = made.rules[-1]
    assert made_rule["fences"] == ["depot"]
    assert made_rule["closes_by"] == ["fence_entered"]
    assert made_rule["severity"] == "critical"


def test_a_rule_that_lacks_something_says_what_to_write_and_loses_nothing(
    stage: MakeStage, open_page: OpenPage
) -> None:
    """An error at the field, not a page that starts again."""
    made = stage(6)
    page = open_page(made, "/?page=settings&tab=rules&item=%2B")
    side = page.get_by_role("complementary", name="Make a rule")
    side.get_by_label("Hours").fill("Mon-Fri 20:00-05:00")
    count = len(made.rules)
    side.get_by_role("button", name="Make the rule").click()
    expect(side.get_by_text("Write a name, such as Left the depot at night.")).to_be_visible()
    expect(side.get_by_label("Name")).to_be_focused()
    expect(side.get_by_label("Hours")).to_have_value("Mon-Fri 20:00-05:00")
    assert len(made.rules) == count


def test_a_rule_is_switched_off_and_the_toast_takes_it_back(stage: MakeStage, open_page: OpenPage) -> None:
    """What is changed by mistake is a Z away."""
    made = stage(6)
    page = open_page(made, "/?page=settings&tab=rules&item=tamper")
    side = page.get_by_role("complementary", name="Somebody opened a gateway")
    side.get_by_label("The rule is on").uncheck()
    side.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Switched off. It watches when somebody opens a gateway.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Switched off.")).to_have_count(0)


def test_a_channel_is_tried_and_says_what_became_of_it(stage: MakeStage, open_page: OpenPage) -> None:
    """A channel that nobody has tried is a hope."""
    made = stage(6)
    made.channels = [a_channel("ops", "Operations"), a_channel("old", "Old desk", target="refused@fleet.example")]
    page = open_page(made, "/?page=settings&tab=channels&item=ops")
    send = page.get_by_role("button", name="Send a test message")
    send.click()
    expect(page.get_by_text("The receiver took the message.")).to_be_visible()
    page.get_by_role("button", name="Old desk").click()
    send.click()
    expect(page.get_by_text("refused the address: no such mailbox")).to_be_visible()


def test_a_webhook_shows_its_key_once_and_keeps_its_address(stage: MakeStage, open_page: OpenPage) -> None:
    """A secret that can be read again is read again by somebody else."""
    made = stage(6)
    page = open_page(made, "/?page=settings&tab=channels")
    page.get_by_role("button", name="Add a channel").first.click()
    side = page.get_by_role("complementary", name="Add a channel")
    side.get_by_label("Name").fill("Fleet system")
    side.get_by_role("button", name="Webhook").click()
    side.get_by_label("Address").fill("https://hooks.fleet.example/x")
    side.get_by_role("button", name="Add the channel").click()
    expect(side.get_by_label("The webhook's key")).to_have_value("whsec_c2VjcmV0")
    side.get_by_role("button", name="Go on to a test").click()
    side = page.get_by_role("complementary", name="Fleet system")
    side.get_by_label("Name").fill("Fleet system 2")
    side.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("Fleet system 2 is changed")).to_be_visible()
    assert made.channels[0]["target"] == "https://hooks.fleet.example/x"
    expect(page.get_by_label("The webhook's key")).to_have_count(0)


def test_what_i_am_told_is_a_sentence_that_follows_the_fields(stage: MakeStage, open_page: OpenPage) -> None:
    """Nobody should find out at 3 in the morning what they had chosen."""
    made = busy(stage(26))
    page = open_page(made, "/?page=settings&tab=notifications")
    says = page.locator(".says")
    expect(says).to_contain_text("“Act now” goes to Operations at once, also from 22:00 to 06:00.")
    page.get_by_label("“Act now” comes anyway").uncheck()
    expect(says).to_contain_text("“Act now” goes to Operations at once, but not from 22:00 to 06:00.")
    page.get_by_label(re.compile("^Gather")).fill("noon")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("“noon” is no time of the day. Write it as 07:30.")).to_be_visible()
    page.get_by_label(re.compile("^Gather")).fill("12:00")
    page.get_by_role("button", name="Save changes").click()
    expect(page.get_by_text("What you are told is changed")).to_be_visible()
    kept = made.subscriptions["Riikka Salo"]
    assert kept["digest"] == ["12:00"]
    assert not kept["quiet"]["critical_anyway"]


def test_without_a_channel_the_page_says_what_comes_first(stage: MakeStage, open_page: OpenPage) -> None:
    """An empty form that cannot be saved helps nobody."""
    page = open_page(stage(6), "/?page=settings&tab=notifications")
    expect(page.get_by_text("Nothing is sent to you. Alerts stand in the inbox.")).to_be_visible()
    page.get_by_role("link", name="Add a channel").click()
    expect(page.get_by_role("heading", name="No channels yet")).to_be_visible()
