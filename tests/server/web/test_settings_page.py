"""Settings: people, teams, keys, the audit log, one's own account; by mouse and by keyboard."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from server.domain.permissions import WORDS
from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import Stage
from tests.server.web.test_looks import AXE, serious
from tests.support.provider import CLIENT, Provider
from tests.support.servers import a_server

pytestmark = pytest.mark.page


ADMIN = {"role": "admin", "may": list(WORDS)}


@pytest.fixture
def stage(stage: MakeStage) -> MakeStage:
    """Stages where an admin is signed in."""

    def make(*args: Any, **more: Any) -> Stage:
        made = stage(*args, **more)
        made.person = dict(ADMIN)
        return made

    return make


def row(page: Page, text: str) -> Locator:
    return page.locator("tbody tr").filter(has_text=text)


def panel(page: Page, name: str) -> Locator:
    return page.get_by_role("complementary", name=name)


def test_somebody_is_added_and_their_password_is_shown_once(stage: MakeStage, open_page: OpenPage) -> None:
    """By keyboard alone; what was wrong stays in the form."""
    page = open_page(stage(3), "/?page=settings&tab=people")
    page.get_by_role("button", name="Add somebody").press("Enter")
    side = panel(page, "Add somebody")
    expect(side.get_by_role("heading")).to_be_focused()
    side.get_by_role("button", name="Add them").press("Enter")
    expect(side.get_by_role("textbox", name="Name")).to_be_focused()
    expect(side).to_contain_text("Write the name that they sign in with.")
    name = side.get_by_role("textbox", name="Name")
    name.fill("Ben")
    side.get_by_label("Role").select_option("dispatcher")
    side.get_by_label("Depot south").check()
    side.get_by_role("button", name="Add them").click()
    expect(side.get_by_role("alert")).to_contain_text("Choose another name. Nothing was changed.")
    side.get_by_role("textbox", name="Name").fill("Cleo")
    page.keyboard.press("Enter")
    expect(side.get_by_label("One-time password of Cleo")).to_have_value("sXk2-mP0aQ7w")
    page.keyboard.press("Escape")
    expect(side).to_be_hidden()
    expect(row(page, "Cleo")).to_contain_text("Depot south")
    expect(row(page, "Cleo")).to_contain_text("First password")


def test_another_role_can_be_taken_back(stage: MakeStage, open_page: OpenPage) -> None:
    """A slip is undone where it was made."""
    page = open_page(stage(3), "/?page=settings&tab=people")
    page.get_by_role("button", name="Ben", exact=True).click()
    side = panel(page, "Ben")
    side.get_by_label("Role").select_option("dispatcher")
    expect(side).to_contain_text("Their sessions end.")
    side.get_by_role("button", name="Save changes").click()
    expect(row(page, "Ben")).to_contain_text("Dispatcher")
    expect(page.get_by_role("button", name="Ben", exact=True)).to_be_focused()
    page.get_by_role("button", name="Undo").click()
    expect(row(page, "Ben")).to_contain_text("Viewer")


def test_removing_somebody_is_asked_first(stage: MakeStage, open_page: OpenPage) -> None:
    """It cannot be undone; the safe answer has the focus."""
    made = stage(3)
    page = open_page(made, "/?page=settings&tab=people&item=Ben")
    panel(page, "Ben").get_by_role("button", name="Remove Ben").click()
    dialog = page.get_by_role("dialog", name="Remove Ben?")
    expect(dialog.get_by_role("button", name="Keep")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    panel(page, "Ben").get_by_role("button", name="Remove Ben").click()
    dialog.get_by_role("button", name="Remove Ben").click()
    expect(page.locator("tbody tr")).to_have_count(3)
    expect(panel(page, "Ben")).to_be_hidden()
    assert "Ben" not in [user["name"] for user in made.accounts.users]


def test_a_team_is_made_of_vehicles_and_people(stage: MakeStage, open_page: OpenPage) -> None:
    """Found by search; who would see everything is said before it is saved."""
    made = stage(26)
    page = open_page(made, "/?page=settings&tab=teams")
    page.get_by_role("button", name="Make a team").click()
    side = panel(page, "Make a team")
    side.get_by_role("textbox", name="Name").fill("Night")
    side.get_by_label("Search in vehicles").fill("12")
    side.get_by_label("Van 12").check()
    side.get_by_label("Ben").check()
    side.get_by_role("button", name="Make the team").click()
    expect(row(page, "Night")).to_contain_text("Ben")
    assert made.accounts.teams[-1]["vehicles"] == ["van-12"]
    page.get_by_role("button", name="Depot north").click()
    side = panel(page, "Depot north")
    side.get_by_label("aino.virtanen@fleet.example").uncheck()
    expect(side).to_contain_text("aino.virtanen@fleet.example would be in no team, and see every vehicle.")
    side.get_by_role("button", name="Remove this team").click()
    expect(page.get_by_role("dialog")).to_contain_text("would be in no team, and see every vehicle")


def test_a_key_is_made_narrow_and_taken_back(stage: MakeStage, open_page: OpenPage) -> None:
    """The narrowest is what stands there first."""
    made = stage(3)
    page = open_page(made, "/?page=settings&tab=keys")
    expect(row(page, "old scanner")).to_contain_text("Expired")
    page.get_by_role("button", name="Make a key").click()
    side = panel(page, "Make a key")
    side.get_by_role("textbox", name="Name").fill("scanner")
    side.get_by_label("See fences").check()
    side.get_by_label("Depot north").check()
    side.get_by_role("button", name="Make the key").click()
    expect(side.get_by_label("The key of scanner")).to_have_value(re.compile("^mp_"))
    key = made.accounts.keys[-1]
    assert (key["scopes"], key["teams"]) == (["positions:read", "fences:read"], ["north"])
    assert key["expires_at"]
    side.get_by_role("button", name="Close").last.click()
    page.get_by_role("button", name="scanner", exact=True).click()
    panel(page, "scanner").get_by_role("button", name="Take this key back").click()
    page.get_by_role("dialog").get_by_role("button", name="Take it back").click()
    expect(row(page, "scanner").filter(has_not_text="old")).to_have_count(0)


def test_the_log_says_who_did_what(stage: MakeStage, open_page: OpenPage) -> None:
    """In sentences; only one person's, only failures."""
    page = open_page(stage(3), "/?page=settings&tab=audit")
    expect(page.locator("li", has_text="changed the user Ben")).to_contain_text("role: dispatcher, now viewer")
    expect(page.locator("li", has_text="added the key billing")).to_contain_text("on the server")
    page.get_by_label("Only failed sign-ins").check()
    expect(page.locator("section li")).to_have_count(1)
    expect(page.locator("section li")).to_contain_text("Ben failed to sign in, 7\u00a0times")
    page.wait_for_url(re.compile("what=sign_in_failed"))


def test_one_sees_where_one_is_signed_in_and_ends_it(stage: MakeStage, open_page: OpenPage) -> None:
    """A phone that was lost."""
    made = stage(3)
    made.person |= {"one_time": True}
    page = open_page(made)
    page.get_by_role("button", name=re.compile("The first password should be changed")).click()
    page.get_by_role("link", name="Change password").click()
    expect(page.locator("li", has_text="Firefox on Linux")).to_contain_text("This one")
    page.get_by_role("button", name="Sign out Safari on iOS at 2001:db8::7").click()
    expect(page.locator("li", has_text="Safari")).to_have_count(0)
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_contain_text("at least 10 characters")
    page.get_by_label("New password").fill("four words make one")
    made.person = dict(ADMIN)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    expect(page.get_by_text("This is still the first password")).to_be_hidden()


def test_who_is_no_admin_sees_their_own_only(stage: MakeStage, open_page: OpenPage) -> None:
    """And is told who may."""
    made = stage(3)
    made.person = {"role": "viewer", "may": ["positions:read"], "teams": ["north"], "password": False}
    page = open_page(made, "/?page=settings")
    expect(page.get_by_text("You see the vehicles of Depot north")).to_be_visible()
    expect(page.get_by_text("there is no password here to change")).to_be_visible()
    expect(page.get_by_role("navigation", name="Settings").get_by_role("link", name="People")).to_have_count(0)
    page.goto(made.url + "/?page=settings&tab=people")
    expect(page.get_by_role("heading", name="People are for admins")).to_be_visible()


def test_a_list_that_cannot_be_read_says_so_in_its_place(stage: MakeStage, open_page: OpenPage) -> None:
    """With what to do; never a blank page."""
    made = stage(3)
    made.broken.add("accounts")
    page = open_page(made, "/?page=settings&tab=people")
    expect(page.get_by_role("alert")).to_contain_text("This could not be read")
    made.broken.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("tbody tr")).to_have_count(4)


def test_keys_lead_to_the_settings_and_back(stage: MakeStage, open_page: OpenPage) -> None:
    """Keyboard first."""
    page = open_page(stage(3))
    page.keyboard.press("g")
    page.keyboard.press("s")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-vehicle]").first).to_be_visible()


def test_signing_in_with_a_provider(
    open_page: OpenPage, browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The real server and a real provider: the button, and the way to the page that one came for."""
    with Provider() as provider:
        provider.secret = ""
        settings = {"issuer": provider.issuer, "client_id": CLIENT, "default_role": "viewer", "name": "Acme"}
        with a_server(tmp_path_factory.mktemp("sso"), oidc=settings) as server:
            house: Any = SimpleNamespace(url=str(server.api.base_url).rstrip("/"))
            page = open_page(house, "/?page=settings", ready=False)
            page.wait_for_url("**/login?next=*")
            page.get_by_role("link", name="Sign in with Acme").click()
            page.wait_for_url("**/?page=settings")
            expect(page.get_by_role("heading", name="aino@example.org")).to_be_visible()
            expect(page.get_by_text("by single sign-on, used now")).to_be_visible()
            provider.answer = {"error": "access_denied"}
            page.goto(house.url + "/login")
            page.get_by_role("link", name="Sign in with Acme").click()
            expect(page.get_by_role("alert").first).to_contain_text("Acme did not say who you are")


TABS = {
    "account": "/?page=settings",
    "people": "/?page=settings&tab=people&item=Ben",
    "teams": "/?page=settings&tab=teams&item=north",
    "keys": "/?page=settings&tab=keys&item=%2B",
    "audit": "/?page=settings&tab=audit",
    "sign-in": "/login?oidc=role",
}


@pytest.mark.parametrize("width", [360, 1280])
def test_the_settings_are_for_everybody_in_both_themes(
    stage: MakeStage, open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory, width: int
) -> None:
    """Nothing serious for axe, nothing over the edge; long names and a sign-in that was refused are on the pictures."""
    pictures = tmp_path_factory.getbasetemp() / "pictures"
    pictures.mkdir(exist_ok=True)
    made = stage(26)
    made.accounts.oidc = "Acme"
    page = open_page(made, width=width, height=680)
    found = []
    for name, path in TABS.items():
        page.goto(made.url + path)
        page.locator("form, section li").first.wait_for()
        page.evaluate(AXE.read_text())
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.screenshot(path=pictures / f"settings-{name}-{width}-{theme}.png")
            found += [(name, theme, *rule) for rule in serious(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.locator("aside, main").evaluate_all(f"all => all.every(one => one.scrollWidth <= {width})"), name
    assert not found
