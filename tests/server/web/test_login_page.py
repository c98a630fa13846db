"""Signing in and out."""

import re

import pytest
from playwright.sync_api import expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import PASSWORD

pytestmark = pytest.mark.page


def test_whoever_is_not_signed_in_is_asked_and_then_goes_where_they_wanted(
    stage: MakeStage, open_page: OpenPage
) -> None:
    """A link to a vehicle survives the login."""
    page = open_page(stage(3, signed_in=False), "/?vehicle=van-2", ready=False)
    page.wait_for_url("**/login?next=*")
    page.get_by_label("Name").fill("riikka")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/\?vehicle=van-2$"))
    expect(page.get_by_role("complementary", name="Van 2")).to_be_visible()


def test_signing_out_ends_at_the_login(stage: MakeStage, open_page: OpenPage) -> None:
    """On a shared desk the next person must not be the last one."""
    made = stage(3)
    page = open_page(made)
    page.get_by_role("button", name=re.compile("Signed in as Riikka Salo")).click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/login?next=*")
    assert not made.signed_in


def test_the_look_is_chosen_and_kept(stage: MakeStage, open_page: OpenPage) -> None:
    """Dark by the system or by the person; the person's word stays."""
    page = open_page(stage(1), theme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name=re.compile("Signed in")).click()
    page.get_by_label("Light").check()
    assert page.evaluate(ground) != dark
    page.reload()
    page.locator("[data-connection]").wait_for(state="attached")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
