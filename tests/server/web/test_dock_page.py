"""The dock's screen: read from five metres, touched by nobody, and never old without saying so."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import Stage
from tests.server.web.stage.loads import (
    a_load,
    a_parcel,
    a_stranger,
    lost_parcel,
    missing_one,
    neighbours,
    parcels,
    wrong_one,
)
from tests.server.web.test_looks import AXE, serious
from tests.server.web.vans import instant
from tests.support.real import real_part
from tests.support.waiting import until

pytestmark = pytest.mark.page
OpenDock = Callable[..., tuple[Stage, Page]]
DOCK = "/dock?site=depot&dock=3"
TONES = """
window.tones = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) { window.tones.push(Math.round(this.frequency.value)); return start.call(this, at); };
"""


@pytest.fixture
def dock(stage: MakeStage, open_page: OpenPage) -> OpenDock:
    """A dock's screen over a stage with these loads."""

    def open_dock(*loads: dict[str, object], path: str = DOCK, state: str, **more: object) -> tuple[Stage, Page]:
        made = stage(2)
        made.loads = list(loads)
        more = {"width": 1920, "height": 1080, "ready": False} | more
        page = open_page(made, path, **more)
        page.locator(f"[data-state={state}]").wait_for()
        return made, page

    return open_dock


def tell(made: Stage, *loads: dict[str, object]) -> None:
    """The loads change, and the stream says that something has."""
    made.loads = list(loads)
    made.say(
        "custody", {"vehicle_id": "van-12", "package_id": "x", "place": "vehicle:van-12", "p": 0.99, "alarm": None}
    )


def height(page: Page, selector: str) -> float:
    """How large the letters are, in px."""
    return float(page.locator(selector).first.evaluate("node => parseFloat(getComputedStyle(node).fontSize)"))


def test_what_is_missing_is_the_largest_thing_to_act_upon(dock: OpenDock) -> None:
    """72 px of 1920 are 25 mm on a 43-inch screen; nothing is under 40."""
    _, page = dock(missing_one(), *neighbours(), state="warn")
    expect(page.locator(".todo")).to_have_text(re.compile(r"1 parcel is missing.*Find.*MP-A17K.*last heard at dock 2"))
    expect(page.locator(".big")).to_have_text("47of 48 aboard")
    assert min(height(page, f".card .{name}") for name in ("verb", "id", "where")) >= 72
    small = page.evaluate("""() => [...document.querySelectorAll('main *')].filter(node =>
        node.checkVisibility() && !node.closest('.sr') && [...node.childNodes].some(child => child.nodeType === 3 && child.data.trim())
        && parseFloat(getComputedStyle(node).fontSize) < 40).map(node => node.textContent)""")
    assert small == []
    expect(page.locator(".tiles i")).to_have_count(48)
    for one in (".tiles .miss", ".tiles .may"):
        expect(page.locator(one)).to_have_count(1)


def test_a_stranger_frames_the_screen_in_red_and_goes_when_it_is_out(dock: OpenDock) -> None:
    """Nobody touches anything: the stream says it."""
    made, page = dock(wrong_one(), *neighbours(), state="crit")
    expect(page.locator(".todo")).to_have_text(
        re.compile(r"1 parcel is in the wrong van.*Take out.*MP-2K9D.*to Van 21, dock 5")
    )
    expect(page.locator(".strange i")).to_have_count(1)
    tell(made, a_load(), *neighbours())
    page.locator("[data-state=ok]").wait_for()
    expect(page.locator(".todo")).to_contain_text("Ready to leave")
    expect(page.get_by_text("Nothing that belongs elsewhere is aboard.")).to_be_visible()
    expect(page.locator(".strange")).to_have_count(0)


def test_other_docks_stand_at_the_bottom(dock: OpenDock) -> None:
    """Whoever has finished looks where to help."""
    _, page = dock(missing_one(), *neighbours(), state="warn")
    expect(page.get_by_role("list", name="Other docks").get_by_role("listitem").nth(0)).to_have_text(
        re.compile("Dock.1.*Van 5.*51 of 51")
    )


def test_many_of_them_have_room_and_are_counted(dock: OpenDock) -> None:
    """Five strangers and 120 parcels: two cards, and the others by name."""
    strangers = [a_stranger(f"MP-2K9{number}") for number in range(5)]
    load = a_load(state="wrong", packages=parcels(120), strangers=strangers)
    _, page = dock(load, state="crit")
    expect(page.get_by_text("5 parcels are in the wrong van").last).to_be_visible()
    expect(page.locator(".card")).to_have_count(2)
    expect(page.locator(".rest")).to_have_text("and MP-2K92, MP-2K93, MP-2K94")
    assert page.evaluate("[document.body.scrollWidth, document.body.scrollHeight]") == [1920, 1080]
    inside = "card => [...card.children].every(child => child.getBoundingClientRect().bottom <= card.getBoundingClientRect().bottom)"
    assert page.locator(".card").evaluate_all(f"cards => cards.every({inside})")


def test_an_old_screen_never_looks_like_a_fresh_one(dock: OpenDock) -> None:
    """Green that is not of now would send a van away without its parcel; it comes back by itself."""
    made, page = dock(a_load(), state="ok")
    made.stop()
    page.locator("[data-state=stale]").wait_for()
    expect(page.locator(".todo")).to_have_text(re.compile(r"Do not rely on this.*Not connected.*since \d\d:\d\d"))
    assert page.get_by_text("Ready to leave").count() == 0
    made.loads = [missing_one()]
    made.start()
    page.locator("[data-state=warn]").wait_for(timeout=20_000)


def test_an_answer_about_the_past_is_old_too(dock: OpenDock) -> None:
    """The server answers, but what works out custody is ten minutes behind."""
    made, page = dock(a_load(), state="ok")
    made.behind_s = 600
    tell(made, a_load())
    page.locator("[data-state=stale]").wait_for()
    expect(page.locator(".todo")).to_contain_text("The server is behind.")


def test_whoever_is_signed_out_is_told_how_to_come_in(dock: OpenDock) -> None:
    """The kiosk stays on its page: nobody types a password there by chance."""
    made, page = dock(a_load(), state="ok")
    made.signed_in = False
    tell(made, a_load())
    expect(page.locator(".todo")).to_contain_text("This screen is not signed in.")
    expect(page.get_by_role("link", name="sign in here")).to_have_attribute("href", re.compile("next=%2Fdock%3Fsite"))
    page.wait_for_url(re.compile("/dock"))
    made.signed_in = True
    tell(made, a_load())
    page.locator("[data-state=ok]").wait_for()


def test_a_server_that_fails_says_so_in_place(dock: OpenDock) -> None:
    """What was shown stays, and is grey."""
    made, page = dock(a_load(), state="ok")
    made.broken.add("load")
    tell(made, a_load())
    page.locator("[data-state=stale]").wait_for()
    expect(page.locator(".todo")).to_contain_text("The store does not answer.")


def test_no_route_no_tag_and_gone_have_their_words(dock: OpenDock) -> None:
    """What would be here, and what starts it."""
    made, page = dock(state="plain")
    expect(page.locator(".todo")).to_contain_text("No van is planned for dock 3")
    silent = [
        a_parcel(f"MP-{n}", aboard="not_known", p=None, place=None, last_heard_by=None, last_heard_at=None)
        for n in range(9)
    ]
    tell(made, a_load(state="loading", packages=silent))
    expect(page.locator(".todo")).to_contain_text("No tag heard")
    tell(made, a_load(state="left", packages=[*parcels(8), lost_parcel()]))
    expect(page.locator(".todo")).to_contain_text("Van 12 left without 1\u00a0parcel")


def test_two_tones_for_wrong_one_for_complete_none_for_missing(dock: OpenDock) -> None:
    """Sound comes after one touch, because browsers want it; the switch is remembered."""
    made, page = dock(missing_one(), state="warn")
    page.add_init_script(TONES)
    page.reload()
    page.get_by_role("button", name="Touch once for sound").click()
    switch = page.get_by_role("button", name="Sound is on")
    switch.wait_for()
    assert page.evaluate("window.tones") == []
    tell(made, wrong_one())
    until(lambda: len(page.evaluate("window.tones")) == 2)
    tell(made, a_load())
    until(lambda: len(page.evaluate("window.tones")) == 3)
    switch.click()
    expect(page.get_by_role("button", name="Sound is off")).to_be_visible()
    tell(made, wrong_one())
    page.locator("[data-state=crit]").wait_for()
    assert page.evaluate("window.tones") == [880, 622, 784]


def test_missing_sounds_five_minutes_before_leaving(dock: OpenDock) -> None:
    """Before that a parcel that is not aboard is a matter of course."""
    made, page = dock(missing_one(), state="warn")
    page.add_init_script(TONES)
    page.reload()
    page.get_by_role("button", name="Touch once for sound").click()
    page.get_by_role("button", name="Sound is on").wait_for()
    tell(made, {**missing_one(), "departs_at": instant(time.time() + 290)})
    until(lambda: len(page.evaluate("window.tones")) == 1)
    assert page.evaluate("window.tones") == [392]


def test_the_change_is_read_aloud_without_figures_that_change_by_themselves(dock: OpenDock) -> None:
    """Assertive, and said once: no age in it."""
    _, page = dock(missing_one(), *neighbours(), state="warn")
    said = page.locator("[aria-live=assertive]")
    expect(said).to_have_text("1 parcel is missing. Find MP-A17K last heard at dock 2.")


def test_by_vehicle_and_with_nothing_chosen(dock: OpenDock, open_page: OpenPage) -> None:
    """A screen on wheels; and whoever hangs one up is asked which dock it is at."""
    made, page = dock(missing_one(), path="/dock?vehicle=van-12", state="warn")
    expect(page.locator("h1")).to_have_text("Van 12")
    other = open_page(made, "/dock?site=depot", ready=False)
    other.get_by_role("link", name="Dock 3").click()
    other.locator("[data-state=warn]").wait_for()


@pytest.mark.parametrize("width", [360, pytest.param(768, marks=pytest.mark.long), 1440])
def test_it_is_for_everybody_at_any_size(dock: OpenDock, width: int) -> None:
    """Nothing serious for axe in any state, nothing over the edge."""
    real_part("axe-core", AXE.exists(), "npm ci in server/web")
    made, page = dock(missing_one(), *neighbours(), state="warn", width=width, height=680 if width == 360 else 900)
    page.evaluate(AXE.read_text())
    found = []
    for state, load in (
        ("warn", missing_one()),
        ("crit", wrong_one()),
        ("ok", a_load()),
        ("plain", a_load(state="loading")),
    ):
        tell(made, load, *neighbours())
        page.locator(f"[data-state={state}]").wait_for()
        found += [(state, *rule) for rule in serious(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not found
