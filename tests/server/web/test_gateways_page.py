"""The gateways: worst first, holes in figures, one panel each."""

import pytest
from playwright.sync_api import expect

from tests.server.web.conftest import MakeStage, OpenPage

pytestmark = pytest.mark.page


def test_the_worst_stands_first_and_holes_have_their_size(stage: MakeStage, open_page: OpenPage) -> None:
    """A hole is never silent."""
    page = open_page(stage(26), "/?page=gateways")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(26)
    expect(rows.nth(0)).to_contain_text("Two boxes, one id")
    expect(rows.nth(1)).to_contain_text("Not connected")
    expect(rows.nth(2)).to_contain_text("240 in 1\u00a0gap")


def test_a_gateway_shows_which_rows_are_gone(stage: MakeStage, open_page: OpenPage) -> None:
    """Somebody has to be able to say what is missing."""
    page = open_page(stage(6), "/?page=gateways")
    page.get_by_role("button", name="gw-0003").click()
    panel = page.get_by_role("complementary", name="gw-0003")
    expect(panel).to_contain_text("1,201 to 1,440")
    panel.get_by_role("link", name="Show Van 3 on the map").click()
    expect(page.get_by_role("complementary", name="Van 3")).to_be_visible()


def test_columns_sort_and_the_search_narrows(stage: MakeStage, open_page: OpenPage) -> None:
    """A fleet of hundreds is looked through by its columns."""
    made = stage(12)
    made.waiting["van-7"] = 412
    page = open_page(made, "/?page=gateways")
    page.get_by_role("button", name="Rows waiting").click()
    expect(page.locator("tbody tr").first).to_contain_text("gw-0007")
    page.get_by_role("button", name="Gateway", exact=True).click()
    expect(page.locator("tbody tr").first).to_contain_text("gw-0001")
    page.get_by_role("searchbox").fill("van 12")
    expect(page.locator("tbody tr")).to_have_count(1)
