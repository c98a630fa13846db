"""Fences: drawn by mouse and by keys, tried over last week, saved, changed, ended."""

import json
import re
from math import cos, hypot, radians

import pytest
from playwright.sync_api import Page, expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import Stage
from tests.server.web.stage.fences import a_circle, an_area, keep, some_tried
from tests.server.web.vans import instant
from tests.support.waiting import until

pytestmark = pytest.mark.page
M_PER_DEG = 111_195.0


def fences_page(open_page: OpenPage, made: Stage, query: str = "", **more: int) -> Page:
    page = open_page(made, f"/?page=fences{query}", **more)
    page.locator("canvas.maplibregl-canvas").wait_for()
    page.get_by_role("heading", name=re.compile("Fences|New fence|Depot")).first.wait_for()
    return page


def metres(a: list[float], b: list[float]) -> float:
    east = (b[0] - a[0]) * cos(radians(a[1]))
    return hypot(east, b[1] - a[1]) * M_PER_DEG


def kept(made: Stage, fence: str) -> dict:
    until(lambda: fence in made.fences, 5, f"the fence {fence}")
    return made.fences[fence]


def test_a_circle_is_drawn_with_two_clicks_and_saved(stage: MakeStage, open_page: OpenPage) -> None:
    """Nothing is kept before Save; afterwards it is there again after a reload, and can be changed."""
    made = stage(6)
    page = fences_page(open_page, made)
    page.keyboard.press("n")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Kauppatori")
    page.get_by_text("Circle", exact=True).click()
    page.mouse.click(900, 320)
    page.mouse.move(960, 320)
    expect(page.locator(".label")).to_contain_text("radius")
    page.mouse.click(980, 320)
    expect(page.get_by_label("Last week")).to_contain_text("Last week: 42 visits by 6 vans, 3 shorter than 90 s")
    assert not made.fences
    page.get_by_role("button", name="Save fence").click()
    expect(page.get_by_text("Kauppatori counts from now on")).to_be_visible()
    radius = kept(made, "kauppatori")["properties"]["radius_m"]
    assert made.asked_previews[-1]["properties"]["radius_m"] == radius

    page.reload()
    expect(page.get_by_label("Radius")).to_have_value(str(round(radius, 1)).removesuffix(".0"))
    page.get_by_label("Radius").fill("75")
    page.get_by_role("button", name="Save fence").click()
    until(lambda: made.fences["kauppatori"]["version"] == 2, 5, "the second version")
    assert made.fences["kauppatori"]["properties"]["radius_m"] == 75


def test_an_area_is_drawn_corner_by_corner(stage: MakeStage, open_page: OpenPage) -> None:
    """The first corner closes it; a corner can be pulled, a middle becomes one, and Z takes it back."""
    made = stage(6)
    page = fences_page(open_page, made, "&fence=new")
    page.get_by_label("Name").fill("Depot")
    for x, y in ((800, 200), (1000, 200), (1000, 400), (800, 400)):
        page.mouse.click(x, y)
    page.get_by_role("button", name=re.compile("^Corner 1,")).click()
    expect(page.locator(".middle")).to_have_count(4)
    page.locator(".middle").first.hover()
    page.mouse.down()
    page.mouse.move(900, 120, steps=4)
    page.mouse.up()
    expect(page.locator(".corner")).to_have_count(5)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".corner")).to_have_count(4)
    page.get_by_role("button", name="Redo").click()
    page.get_by_role("button", name="Save fence").click()
    [ring] = kept(made, "depot")["geometry"]["coordinates"]
    assert len(ring) == 6
    assert ring[0] == ring[-1]


def test_an_area_is_drawn_by_keys_alone(stage: MakeStage, open_page: OpenPage) -> None:
    """Arrows move a corner by a metre, with Shift by ten; its place can be typed; Delete takes it away."""
    made = stage(6)
    page = fences_page(open_page, made)
    page.keyboard.press("n")
    page.keyboard.type("School")
    begin = page.get_by_role("button", name="Begin in the middle of the map")
    begin.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name=re.compile("^Corner 1,"))).to_be_focused()
    expect(page.get_by_label("Last week")).to_contain_text("42 visits")
    [before] = made.asked_previews[-1]["geometry"]["coordinates"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Shift+ArrowRight")
    until(lambda: made.asked_previews[-1]["geometry"]["coordinates"][0][0] != before[0], 5, "a new preview")
    [after] = made.asked_previews[-1]["geometry"]["coordinates"]
    assert metres(before[0], after[0]) == pytest.approx(hypot(1, 10), abs=0.2)
    page.get_by_label("North", exact=True).fill("60.16")
    page.get_by_label("East", exact=True).fill("24.93")
    page.get_by_label("North", exact=True).press("Tab")
    until(lambda: made.asked_previews[-1]["geometry"]["coordinates"][0][0] == [24.93, 60.16], 5, "the typed place")
    page.locator(".corner").nth(1).focus()
    page.keyboard.press("Delete")
    page.get_by_label("Name").press("Enter")
    assert len(kept(made, "school")["geometry"]["coordinates"][0]) == 4


def test_a_corridor_ends_with_a_double_click(stage: MakeStage, open_page: OpenPage) -> None:
    """As in every map program."""
    made = stage(6)
    page = fences_page(open_page, made, "&fence=new")
    page.get_by_label("Name").fill("Street")
    page.get_by_text("Corridor", exact=True).click()
    page.get_by_label("Width").fill("30")
    page.mouse.click(700, 200)
    page.mouse.click(850, 220)
    page.mouse.dblclick(1000, 300)
    expect(page.locator(".corner")).to_have_count(3)
    page.get_by_role("button", name="Save fence").click()
    fence = kept(made, "street")
    assert (fence["geometry"]["type"], fence["properties"]["width_m"]) == ("LineString", 30)
    assert len(fence["geometry"]["coordinates"]) == 3


def test_mistakes_stand_beside_their_fields(stage: MakeStage, open_page: OpenPage) -> None:
    """Nothing is sent, nothing is lost."""
    made = stage(6)
    keep(made, a_circle("depot", "Depot"))
    page = fences_page(open_page, made, "&fence=depot")
    page.get_by_label("Name").fill("")
    page.get_by_label("Margin").fill("wide")
    page.get_by_label("Hours").fill("at noon")
    page.get_by_label("Name").focus()
    expect(page.get_by_text("Write metres from 0 to 10000")).to_be_visible()
    expect(page.get_by_text(re.compile("write days and times, such as"))).to_be_visible()
    page.get_by_role("button", name="Save fence").click()
    expect(page.get_by_text("Write a name, such as")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()
    assert made.fences["depot"]["version"] == 1
    page.get_by_label("Hours").fill("mo-fr 11-15")
    expect(page.get_by_text(re.compile("Mon to Fri 11:00–15:00"))).to_be_visible()


def test_a_fence_that_somebody_else_changed_is_not_overwritten(stage: MakeStage, open_page: OpenPage) -> None:
    """Two dispatchers, one depot."""
    made = stage(6)
    keep(made, a_circle("depot", "Depot"))
    page = fences_page(open_page, made, "&fence=depot")
    page.get_by_label("Radius").fill("80")
    keep(made, a_circle("depot", "Depot of Aino"))
    page.get_by_role("button", name="Save fence").click()
    expect(page.get_by_role("alert")).to_contain_text("Aino changed 'depot' meanwhile")
    page.get_by_role("button", name="Load theirs").click()
    expect(page.get_by_label("Name")).to_have_value("Depot of Aino")
    expect(page.get_by_label("Radius")).to_have_value("120")


def test_what_was_begun_stays_while_one_looks_elsewhere(stage: MakeStage, open_page: OpenPage) -> None:
    """Escape goes back; the list says that something is not saved, and giving up is a button."""
    made = stage(6)
    keep(made, a_circle("depot", "Depot"))
    page = fences_page(open_page, made, "&fence=depot")
    page.get_by_label("Radius").fill("80")
    page.get_by_role("button", name="Back to all fences").click()
    expect(page.locator("[data-fence=depot]")).to_contain_text("not saved")
    page.keyboard.press("g")
    page.keyboard.press("l")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.locator("[data-fence=depot]").click()
    expect(page.get_by_label("Radius")).to_have_value("80")
    page.get_by_role("button", name="Give up changes").click()
    expect(page.get_by_label("Radius")).to_have_value("120")


def test_an_ended_fence_comes_back_by_undo(stage: MakeStage, open_page: OpenPage) -> None:
    """No dialog for what can be undone."""
    made = stage(6)
    keep(made, a_circle("depot", "Depot"))
    page = fences_page(open_page, made, "&fence=depot")
    page.get_by_role("button", name="End fence").click()
    expect(page.get_by_text("No fences yet")).to_be_visible()
    assert not made.fences
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-fence=depot]")).to_be_visible()


def test_the_list_says_who_is_inside(stage: MakeStage, open_page: OpenPage) -> None:
    """By name when it is one, by number when they are more; it can be searched and gone through by keys."""
    made = stage(6)
    keep(made, a_circle("depot", "Depot", site=True))
    keep(made, an_area("tori", "Kauppatori", 24.94, 60.16, 24.95, 60.17))
    at = instant(made.began_s)
    made.open_visits = [{"fence": "depot", "vehicle": f"van-{n}", "entered_at": at} for n in (1, 2)]
    made.open_visits.append({"fence": "tori", "vehicle": "van-3", "entered_at": at})
    page = fences_page(open_page, made)
    expect(page.locator("[data-fence=depot]")).to_contain_text("2 inside")
    expect(page.locator("[data-fence=tori]")).to_contain_text("Van 3")
    page.keyboard.press("/")
    page.keyboard.type("kaup")
    expect(page.locator("[data-fence]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Kauppatori")).to_be_focused()


def test_fences_come_in_and_go_out_as_geojson(stage: MakeStage, open_page: OpenPage) -> None:
    """By button; a wrong file says what is wrong and changes nothing."""
    made = stage(6)
    page = fences_page(open_page, made)
    good = {"type": "FeatureCollection", "features": [a_circle("a", "A"), a_circle("b", "B")]}
    files = page.get_by_label("GeoJSON file with fences")
    files.set_input_files({"name": "f.geojson", "mimeType": "text/plain", "buffer": json.dumps(good).encode()})
    expect(page.get_by_text("2\u00a0fences added")).to_be_visible()
    bad = a_circle("c", "C", margin_m=-1)
    files.set_input_files({"name": "f.geojson", "mimeType": "text/plain", "buffer": json.dumps(bad).encode()})
    expect(page.get_by_role("alert")).to_contain_text("Feature 0 (id 'c'): margin_m")
    assert sorted(made.fences) == ["a", "b"]
    link = page.get_by_role("link", name="Export")
    assert (link.get_attribute("href"), link.get_attribute("download")) == ("/api/v1/fences", "fences.geojson")


def test_a_viewer_sees_fences_and_changes_none(stage: MakeStage, open_page: OpenPage) -> None:
    """What is not allowed says who may."""
    made = stage(6, may=["positions:read", "fences:read", "facts:read"])
    keep(made, a_circle("depot", "Depot"))
    page = fences_page(open_page, made, "&fence=depot")
    expect(page.get_by_label("Name")).to_be_disabled()
    expect(page.get_by_text("Dispatchers and admins change fences.")).to_be_visible()
    expect(page.get_by_label("Last week")).to_contain_text("42 visits")
    expect(page.locator(".corner")).to_have_count(0)


def test_the_preview_says_when_it_cannot(stage: MakeStage, open_page: OpenPage) -> None:
    """And nobody there is an answer too."""
    made = stage(6)
    made.tried = some_tried(visits=0, short=0) | {"crossings": 0}
    keep(made, a_circle("depot", "Depot"))
    page = fences_page(open_page, made, "&fence=depot")
    expect(page.get_by_text("Last week: nobody came.")).to_be_visible()
    made.broken.add("preview")
    page.get_by_label("Radius").fill("90")
    expect(page.get_by_text("Last week could not be counted.")).to_be_visible()


def test_the_page_fits_a_phone(stage: MakeStage, open_page: OpenPage) -> None:
    """Map above, sheet below, nothing sideways."""
    made = stage(6)
    keep(made, a_circle("depot", "Depot"))
    page = fences_page(open_page, made, "&fence=depot", width=360, height=740)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    expect(page.get_by_role("button", name="Save fence")).to_be_in_viewport()
