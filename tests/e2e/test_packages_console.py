"""The packages page against the real server: a file, a tag, a code, as somebody at the dock works with them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.support.chromium import ARGUMENTS, chromium
from tests.support.servers import Server, a_server

pytestmark = pytest.mark.page
TAG = "AA:BB:CC:DD:EE:0F"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with a_server(tmp_path) as running:
        yield running


@pytest.fixture
def page(server: Server) -> Iterator[Page]:
    """Signed in by a link that opens the page itself."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        opened = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce").new_page()
        failures: list[str] = []
        opened.on("pageerror", lambda error: failures.append(str(error)))
        opened.goto(server.milepost("user", "link", "--to", "/?page=packages"))
        yield opened
        browser.close()
    assert not failures


def test_a_file_is_taken_a_tag_bound_by_its_code_and_limits_are_set(server: Server, page: Page, tmp_path: Path) -> None:
    """The stage's shapes are the server's: nothing here is scripted."""
    expect(page.get_by_role("heading", name="No packages yet")).to_be_visible()
    page.get_by_role("button", name="Import packages").click()
    file = tmp_path / "today.csv"
    file.write_text("id,name,reference\nA17,Espresso machine,340123450000000017\nA18,,\n,,\n?,Odd,\n")
    page.get_by_label("Choose a file").set_input_files(file)
    page.get_by_role("button", name="Import 4").click()
    panel = page.get_by_role("complementary")
    expect(panel.get_by_role("status")).to_contain_text("2 new.")
    expect(panel.get_by_role("listitem").last).to_contain_text("Line 5")
    panel.get_by_role("button", name="Close").click()

    page.get_by_role("link", name="Tags").click()
    page.get_by_role("button", name="Add tag").click()
    page.get_by_label("Id").fill(TAG.lower())
    page.get_by_role("complementary").get_by_role("button", name="Add tag").click()
    expect(panel).to_contain_text("It said nothing of this in the window.")  # what is read moves what is below it
    page.get_by_role("button", name="Change name and limits").click()
    page.get_by_label("Most").fill("8")
    page.get_by_role("button", name="Save limits").click()
    expect(page.get_by_role("complementary")).to_contain_text("Temperature at most 8\u00a0°C, 10\u00a0min")

    page.get_by_role("link", name="Packages").last.click()
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Scan")
    for code, then in (("(00)340123450000000017", "Now scan the tag that is put on A17"), (TAG, "The tag is on A17")):
        dialog.get_by_label("Or type the code").fill(code)
        dialog.get_by_role("button", name="Look up").click()
        expect(dialog).to_contain_text(then)
    page.keyboard.press("Escape")
    page.get_by_role("searchbox", name="Search packages").fill(TAG)
    expect(page.locator("[data-package]")).to_have_count(1)
    expect(page.locator("[data-package=A17]")).to_contain_text("not heard yet")
    assert server.get("packages/A17")["tag_id"] == TAG
