"""The reports page: the sentence first, the same figures as in the files, and nothing lost when the server is away."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.conftest import MakeStage, OpenPage

pytestmark = pytest.mark.page
REPORTS = "/?page=reports&zone=UTC"


def cells(page: Page, column: int) -> list[str]:
    """What stands in a column of the table."""
    return page.locator(f".scroll tbody td:nth-child({column})").all_inner_texts()


def test_the_answer_is_the_largest_thing_and_the_keys_lead_to_it(stage: MakeStage, open_page: OpenPage) -> None:
    """G, then R."""
    page = open_page(stage(6))
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"\d vehicles made \d+ trips and drove"))
    page.wait_for_url(re.compile("page=reports"))
    expect(page).to_have_title("Reports, Milepost")


def test_filters_are_the_address_and_the_address_is_the_filters(stage: MakeStage, open_page: OpenPage) -> None:
    """A colleague opens the link and sees the same."""
    page = open_page(stage(6), REPORTS)
    page.get_by_label("Report", exact=True).select_option("distance")
    page.get_by_label("Window").select_option("yesterday")
    page.get_by_label("Rows").select_option("vehicle")
    page.wait_for_url(re.compile("(?=.*report=distance)(?=.*window=yesterday)(?=.*group=vehicle)"))
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text(re.compile("drove .* on|No vehicle drove on"))
    said = title.inner_text()
    page.goto(page.url)
    expect(page.get_by_role("heading", level=1)).to_have_text(said)
    expect(page.get_by_label("Rows")).to_have_value("vehicle")


def test_other_days_are_two_dates_and_one_goes_along_with_the_other(stage: MakeStage, open_page: OpenPage) -> None:
    """Nobody is refused for choosing the last day first."""
    page = open_page(stage(6), REPORTS)
    page.get_by_label("Window").select_option("days")
    page.get_by_label("First day").fill("2030-01-05")
    expect(page.get_by_label("Last day")).to_have_value("2030-01-05")
    page.get_by_label("Last day").fill("2029-12-31")
    expect(page.get_by_label("First day")).to_have_value("2029-12-31")
    expect(page.get_by_role("heading", level=1)).to_have_text("No vehicle made a trip on 31 December 2029.")
    expect(page.get_by_text("Nothing to list")).to_be_visible()


def test_some_vehicles_or_a_team_are_chosen_by_keys_alone(stage: MakeStage, open_page: OpenPage) -> None:
    """A list with a search, because there may be thousands."""
    page = open_page(stage(12), f"{REPORTS}&group=vehicle")
    choice = page.get_by_role("button", name=re.compile("^Vehicles"))
    choice.press("Enter")
    page.get_by_role("searchbox", name="Search vehicles").fill("van 3")
    page.get_by_role("checkbox", name="Van 3").check()
    expect(choice).to_have_text("Van 3")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Van 3 made")
    page.keyboard.press("Escape")
    expect(choice).to_be_focused()
    choice.press("Enter")
    page.get_by_role("radio", name="Depot north").check()
    expect(choice).to_have_text("Depot north")
    expect(page.locator(".scroll tbody tr")).to_have_count(2)


def test_columns_sort_by_their_heads(stage: MakeStage, open_page: OpenPage) -> None:
    """Names as people count them, figures by size; a third press is as it came."""
    page = open_page(stage(12), f"{REPORTS}&report=distance&group=vehicle")
    expect(page.locator(".scroll tbody tr")).to_have_count(10)
    as_it_came = cells(page, 1)
    head = page.get_by_role("button", name="Distance km")
    head.click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Distance km")
    far = [float(text.replace(",", "")) for text in cells(page, 4)]
    assert far == sorted(far, reverse=True)
    head.click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_count(1)
    head.click()
    expect(page.locator("th[aria-sort]")).to_have_count(0)
    assert cells(page, 1) == as_it_came
    assert as_it_came.index("Van 2") < as_it_came.index("Van 10")


def test_the_file_has_the_figures_of_the_page(stage: MakeStage, open_page: OpenPage, tmp_path: Path) -> None:
    """To the last digit."""
    page = open_page(stage(12), f"{REPORTS}&report=distance&group=vehicle")
    expect(page.locator(".scroll tbody tr")).to_have_count(10)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="CSV").click()
    assert waiting.value.suggested_filename.startswith("distance-by-vehicle_")
    waiting.value.save_as(tmp_path / "report.csv")
    rows = list(csv.DictReader((tmp_path / "report.csv").open(newline="", encoding="utf-8")))
    assert [row["vehicle"] for row in rows] == cells(page, 1)
    assert [f"{float(row['distance_km']):,.2f}" for row in rows] == cells(page, 4)
    expect(page.get_by_role("status").filter(has_text="is written")).to_be_visible()


def test_a_file_that_cannot_be_made_says_why_and_the_page_stays(stage: MakeStage, open_page: OpenPage) -> None:
    """The stage has no tracks."""
    page = open_page(stage(6), REPORTS)
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="GPX").click()
    expect(page.get_by_role("alert")).to_have_text("The stage has no tracks.")
    expect(page.locator(".scroll tbody tr").first).to_be_visible()


def test_bars_have_a_twin_in_words_and_definitions_are_one_tap_away(stage: MakeStage, open_page: OpenPage) -> None:
    """For whoever does not see them, and for whoever doubts them."""
    page = open_page(stage(6), f"{REPORTS}&report=distance&group=vehicle")
    picture = page.get_by_role("img", name=re.compile("^Distance by vehicle"))
    said = picture.get_attribute("aria-label") or ""
    page.get_by_role("button", name="Show as table").click()
    twin = page.get_by_role("table").first
    expect(twin.get_by_role("row")).to_have_count(len(said.split(", ")) + 1)
    page.get_by_role("button", name="What the figures mean").click()
    expect(page.get_by_role("dialog")).to_contain_text("each rounded to 10 m")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_vehicle_leads_to_its_day(stage: MakeStage, open_page: OpenPage) -> None:
    """The row says what, the day shows how."""
    page = open_page(stage(6), REPORTS)
    page.locator(".scroll tbody a").first.click()
    page.wait_for_url(re.compile(r"vehicle=van-\d&day=\d{4}-\d\d-\d\d"))
    page.locator(".ops.day").wait_for()


def test_long_reports_come_in_parts(stage: MakeStage, open_page: OpenPage) -> None:
    """A browser with 10,000 rows is slow; nobody reads them."""
    page = open_page(stage(26), f"{REPORTS}&window=last-7")
    expect(page.locator(".scroll tbody tr")).to_have_count(100)
    page.get_by_role("button", name=re.compile("^Show .* more")).click()
    expect(page.locator(".scroll tbody tr")).not_to_have_count(100)


def test_what_was_read_stays_when_the_server_goes_away(stage: MakeStage, open_page: OpenPage) -> None:
    """It says so, and goes on by itself when the server is back."""
    made = stage(6)
    page = open_page(made, REPORTS)
    expect(page.locator(".scroll tbody tr").first).to_be_visible()
    made.stop()
    page.get_by_label("Rows").select_option("vehicle")
    expect(page.get_by_text(re.compile("Not connected. Shown as it was at"))).to_be_visible()
    expect(page.locator(".scroll tbody tr").first).to_be_visible()
    made.start()
    expect(page.get_by_role("button", name="Vehicle", exact=True)).to_be_visible()
    expect(page.locator(".scroll thead")).to_contain_text("Longest", timeout=20_000)


def test_a_report_that_fails_says_what_to_do_in_its_place(stage: MakeStage, open_page: OpenPage) -> None:
    """Never a blank page."""
    made = stage(6)
    made.broken.add("reports")
    page = open_page(made, REPORTS)
    expect(page.get_by_role("alert")).to_contain_text("The store does not answer. Nothing is lost.")
    made.broken.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".scroll tbody tr").first).to_be_visible()


def test_a_report_is_sent_every_week_and_can_be_sent_now(stage: MakeStage, open_page: OpenPage) -> None:
    """What is shown, to whom, when: three fields, and the first one can be looked at today."""
    made = stage(6)
    page = open_page(made, f"{REPORTS}&report=distance&group=vehicle")
    page.get_by_role("button", name="Send every week").click()
    panel = page.get_by_role("complementary")
    panel.get_by_label("To").fill("boss")
    panel.get_by_role("button", name="Send every Monday at 07:00").click()
    expect(panel).to_contain_text("boss is no mailbox")
    panel.get_by_label("To").fill("boss@fleet.example, second@fleet.example")
    panel.get_by_role("combobox", name=re.compile("^On")).select_option("Friday")
    panel.get_by_role("button", name="Send every Friday at 07:00").click()
    expect(panel.get_by_role("listitem")).to_contain_text("PDF every Friday at 07:00, UTC")
    [saved] = made.schedules
    assert (saved["report"], saved["group"], saved["on"], saved["format"]) == ("distance", "vehicle", 5, "pdf")
    assert saved["recipients"] == ["boss@fleet.example", "second@fleet.example"]
    panel.get_by_role("button", name="Send now").click()
    expect(panel.get_by_role("listitem")).to_contain_text("Sent ")


def test_what_could_not_be_sent_says_why_and_an_end_can_be_undone(stage: MakeStage, open_page: OpenPage) -> None:
    """Somebody has to see that the manager got nothing."""
    made = stage(6)
    made.broken.add("mail")
    page = open_page(made, REPORTS)
    page.get_by_role("button", name="Send every week").click()
    panel = page.get_by_role("complementary")
    panel.get_by_label("To").fill("boss@fleet.example")
    panel.get_by_role("button", name=re.compile("^Send every")).click()
    panel.get_by_role("button", name="Send now").click()
    expect(panel.get_by_role("alert")).to_contain_text("could not be reached")
    panel.get_by_role("button", name="End", exact=True).click()
    expect(panel.get_by_role("listitem")).to_contain_text("No report is sent by itself.")
    page.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("listitem")).to_contain_text("every Monday")


def test_whoever_may_only_look_is_told_who_sends(stage: MakeStage, open_page: OpenPage) -> None:
    """A viewer reads the list."""
    made = stage(6, may=["positions:read", "reports:read"])
    page = open_page(made, REPORTS)
    expect(page.get_by_role("button", name="Export")).to_be_visible()
    expect(page.get_by_role("button", name="Send every week")).to_have_count(0)
