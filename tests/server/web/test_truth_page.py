"""The truth page: the sentence first, then the diagram, then by world, with what simple rules would have said."""

import re

import pytest
from playwright.sync_api import expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage.parcels import a_truth
from tests.support.waiting import until

pytestmark = pytest.mark.page
TRUTH = "/?page=truth"


def test_keys_lead_to_one_sentence_that_is_the_largest_thing(stage: MakeStage, open_page: OpenPage) -> None:
    """G, then T."""
    made = stage(3)
    made.truth = a_truth()
    page = open_page(made)
    page.keyboard.press("g")
    page.keyboard.press("t")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("When we said aboard, it was so 99.1\u00a0% of the time.")
    largest = page.evaluate("""() => Math.max(...[...document.querySelectorAll('.page *')]
        .map(node => parseFloat(getComputedStyle(node).fontSize)))""")
    assert heading.evaluate("node => parseFloat(getComputedStyle(node).fontSize)") == largest
    expect(page.locator("header .dim")).to_contain_text(re.compile(r"on 3.simulated worlds.*: 259,200 statements"))


def test_the_diagram_is_of_a_world_or_of_all_and_has_its_figures(stage: MakeStage, open_page: OpenPage) -> None:
    """By eye, by ear, and by the address."""
    made = stage(3)
    made.truth = a_truth()
    page = open_page(made, TRUTH)
    expect(
        page.get_by_role("img", name=re.compile("all ordinary worlds: at most [01] points from the line"))
    ).to_be_visible()
    until(lambda: page.locator("svg circle").count() >= 12, 10, "the bands")
    page.get_by_label("World", exact=True).select_option("convoy")
    expect(page.get_by_role("img", name=re.compile("convoy"))).to_be_visible()
    page.wait_for_url(re.compile("world=convoy"))
    page.get_by_role("button", name="Show as table").click()
    expect(page.get_by_role("columnheader", name="Was true, %")).to_be_visible()


def test_worlds_stand_below_and_peers_beside(stage: MakeStage, open_page: OpenPage) -> None:
    """Our own figures without those of a simple rule would say little."""
    made = stage(3)
    made.truth = a_truth()
    page = open_page(made, TRUTH)
    worlds = page.get_by_role("region", name="Figures by world")
    expect(worlds.get_by_role("rowheader")).to_have_text(
        [re.compile("docks.*ordinary"), re.compile("thin-walls"), re.compile("convoy.*hard")]
    )
    expect(worlds.get_by_role("row").nth(1)).to_contain_text("163 of 164")
    beside = page.get_by_role("region", name="Simple rules beside ours")
    expect(beside.get_by_role("rowheader")).to_have_text(
        [re.compile("Milepost"), re.compile("Signal threshold"), re.compile("Last heard wins")]
    )
    page.get_by_text("What the figures mean").click()
    expect(page.get_by_text("One that is taken back counts.")).to_be_visible()


def test_nothing_measured_and_nothing_read_are_two_things(stage: MakeStage, open_page: OpenPage) -> None:
    """The first has a command that starts it; the second comes back by itself."""
    made = stage(3)
    page = open_page(made, TRUTH)
    expect(page.get_by_role("heading", name="Nothing was measured yet")).to_be_visible()
    expect(page.get_by_text("make bench")).to_be_visible()
    blind = open_page(stage(3, may=["positions:read"]))
    blind.locator("[data-vehicle]").first.wait_for()
    expect(blind.get_by_role("link", name="Truth")).to_have_count(0)
