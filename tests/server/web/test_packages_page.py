"""The packages page: where each one is and how sure that is, why, and the tag on it."""

import re
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.server.web.conftest import MakeStage, OpenPage
from tests.server.web.stage import ROOT, Stage
from tests.server.web.stage.loads import neighbours, wrong_one
from tests.server.web.stage.packages import a_package, believed
from tests.server.web.stage.parcels import make_parcels
from tests.server.web.stage.tags import a_tag
from tests.support.chromium import ARGUMENTS, chromium
from tests.support.real import program

pytestmark = pytest.mark.page
PACKAGES = "/?page=packages"


@pytest.fixture
def morning(stage: MakeStage) -> Stage:
    """A stage with a morning of parcels."""
    made = stage(6)
    make_parcels(made)
    return made


def row(page: Page, package: str) -> str:
    """What stands in a package's row."""
    return page.locator(f"[data-package='{package}']").inner_text()


def test_keys_lead_there_and_what_needs_somebody_stands_first(morning: Stage, open_page: OpenPage) -> None:
    """G, then P; alarms above doubts, those above the others."""
    page = open_page(morning)
    page.keyboard.press("g")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", level=1)).to_have_text("Packages")
    expect(page.get_by_text("21 packages, 4 with an open alarm")).to_be_visible()
    first = [each.get_attribute("data-package") for each in page.locator("[data-package]").all()[:6]]
    assert first[:4] == ["MP-2K9D", "MP-7F3K", "MP-A17K", "MP-GONE"]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name="MP-7F3K")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="MP-7F3K", exact=True)).to_be_focused()


def test_a_figure_never_says_a_hundred_and_words_go_with_it(morning: Stage, open_page: OpenPage) -> None:
    """Four words for how sure we are."""
    page = open_page(morning, PACKAGES)
    for package, words, figure in (
        ("MP-100", "aboard Van 2", "99+"),
        ("MP-2M8T", "probably aboard Van 2", "91"),
        ("MP-64QX", "maybe at", "64"),
        ("MP-38QX", "not known; Van 2", "38"),
    ):
        assert words in row(page, package)
        assert f"{figure}\u00a0%" in row(page, package)
    assert "not heard yet" in row(page, "MP-NEW1")
    assert "no tag" in row(page, "MP-BARE")


def test_search_and_filters_are_the_address(morning: Stage, open_page: OpenPage) -> None:
    """Package, order, reference and tag in one field; a colleague opens the link and sees the same."""
    page = open_page(morning, PACKAGES)
    for text in ("a17", "SO-4711", "340123450000000017", "6d/4/17"):
        page.get_by_role("searchbox", name="Search packages").fill(text)
        page.wait_for_url(re.compile(f"q={re.escape(quote(text, safe=''))}"))
        expect(page.locator("[data-package]")).to_have_count(1)
        expect(page.locator("[data-package=MP-A17K]")).to_be_visible()
    page.get_by_role("searchbox", name="Search packages").fill("")
    expect(page.locator("[data-package]")).to_have_count(21)
    page.get_by_label("Alarm").select_option("missing")
    expect(page.locator("[data-package]")).to_have_count(1)
    page.goto(page.url)
    expect(page.locator("[data-package=MP-GONE]")).to_be_visible()
    page.get_by_role("searchbox", name="Search packages").fill("nothing like it")
    page.get_by_role("button", name="Show all packages").click()
    expect(page.locator("[data-package]")).to_have_count(21)


def test_the_panel_says_where_since_when_and_why(morning: Stage, open_page: OpenPage) -> None:
    """The largest thing is how sure we are of what is beside it."""
    page = open_page(morning, f"{PACKAGES}&package=MP-A17K")
    panel = page.get_by_role("complementary", name="MP-A17K")
    expect(panel).to_contain_text(re.compile(r"99\+.% ?Aboard Van 3 since \d\d:\d\d"))
    expect(panel).to_contain_text("Wrong van")
    expect(panel).to_contain_text("It moves with Van 3, and Van 2 has not heard it for 9 min.")
    expect(panel.get_by_role("link", name="EPCIS")).to_have_attribute("href", "/api/v1/packages/MP-A17K/epcis")


def test_what_late_data_took_back_stays_and_says_so(morning: Stage, open_page: OpenPage) -> None:
    """A judge asks what we said at 06:15, and why we no longer do."""
    page = open_page(morning, f"{PACKAGES}&package=MP-A17K")
    story = page.locator("aside .tl")
    expect(story.locator(".gone")).to_have_text("In the wrong van: Van 3")
    expect(story).to_contain_text(re.compile(r"Late data moved this to \d\d:\d\d"))
    page.get_by_role("button", name="In the wrong van: Van 3").click()
    expect(page.get_by_role("button", name="In the wrong van: Van 3")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("img", name=re.compile("Map with 2.places where it was"))).to_be_visible()


def test_the_stream_moves_a_row_without_being_asked(morning: Stage, open_page: OpenPage) -> None:
    """What is looked at is of now."""
    page = open_page(morning, PACKAGES)
    expect(page.locator("[data-package=MP-100]")).to_be_visible()
    said = {"vehicle_id": "van-2", "package_id": "MP-100", "place": "stop:r2/s1", "p": 0.97, "alarm": "wrong_stop"}
    morning.say("custody", said)
    expect(page.locator("[data-package]").nth(1)).to_have_attribute("data-package", "MP-7F3K")
    expect(page.locator("[data-package=MP-100]")).to_contain_text("Wrong stop")
    expect(page.locator("[data-package=MP-100]")).to_contain_text("probably at Fredrikinkatu 22")


def test_a_tag_is_bound_taken_off_and_put_back(morning: Stage, open_page: OpenPage) -> None:
    """A tag that is elsewhere is moved only when somebody says so."""
    page = open_page(morning, f"{PACKAGES}&package=MP-BARE")
    panel = page.get_by_role("complementary", name="MP-BARE")
    panel.get_by_label("Id of the tag").fill("AA:BB:CC:DD:EE:0F")
    panel.get_by_role("button", name="Bind", exact=True).click()
    expect(panel.get_by_role("alert")).to_contain_text("The tag is on the package MP-7F3K.")
    panel.get_by_role("button", name="Move it here").click()
    expect(panel.get_by_role("link", name="AA:BB:CC:DD:EE:0F")).to_be_visible()
    expect(panel).to_contain_text("by Riikka")
    panel.get_by_role("button", name="Take off").click()
    expect(panel.get_by_label("Id of the tag")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(panel.get_by_role("link", name="AA:BB:CC:DD:EE:0F")).to_be_visible()
    found = morning.package("MP-BARE")
    assert found is not None
    assert found["tag_id"] == "AA:BB:CC:DD:EE:0F"


def test_a_file_is_taken_line_by_line_and_refused_lines_come_back(
    morning: Stage, open_page: OpenPage, tmp_path: Path
) -> None:
    """What is wrong is corrected in the file that comes back, and brought in again."""
    page = open_page(morning, PACKAGES)
    page.get_by_role("button", name="Import").click()
    file = tmp_path / "today.csv"
    file.write_text("id,name\nF1,Lamp\n,No id\nF2,Chair\n")
    panel = page.get_by_role("complementary")
    panel.get_by_label("Choose a file").set_input_files(file)
    panel.get_by_role("button", name="Import 3\u00a0packages").click()
    expect(panel.get_by_role("status")).to_contain_text("2 new. 1\u00a0line was refused.")
    expect(panel.get_by_role("listitem")).to_have_text(re.compile("Line 3.*The line has no id.*,No id"))
    with page.expect_download() as waiting:
        panel.get_by_role("button", name="Save the refused lines").click()
    waiting.value.save_as(tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_text().splitlines() == ["id,name,why", ',No id,"The line has no id."']
    expect(page.locator("[data-package=F2]")).to_be_attached()


def test_a_package_is_added_and_its_plan_changed(morning: Stage, open_page: OpenPage) -> None:
    """For the one that came after the file."""
    page = open_page(morning, PACKAGES)
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("textbox", name=re.compile("^Id")).fill("LATE-1")
    page.get_by_label("Route").last.select_option("r2")
    page.get_by_label("Stop").select_option("s1")
    page.get_by_role("button", name="Add package").click()
    panel = page.get_by_role("complementary", name="LATE-1")
    panel.get_by_role("button", name="Change the plan").click()
    panel.get_by_label("Order").fill("SO-9")
    panel.get_by_role("button", name="Save the plan").click()
    expect(panel).to_contain_text("SO-9")


def test_a_key_typed_before_its_page_has_come_is_kept(morning: Stage, open_page: OpenPage) -> None:
    """G P S at once: the scanner opens when the page's code is there."""
    page = open_page(morning)
    on_the_way: list[Route] = []
    code = re.compile(r"/Packages-[^/]*\.js")
    page.route(code, lambda route: on_the_way.append(route))  # noqa: PLW0108 (a bound method takes no mark)
    with page.expect_request(code):
        for key in "gps":
            page.keyboard.press(key)
    expect(page.get_by_role("dialog", name="Scan")).to_be_hidden()
    on_the_way[0].continue_()
    expect(page.get_by_role("dialog", name="Scan")).to_be_visible()


def test_codes_are_typed_where_there_is_no_camera(morning: Stage, open_page: OpenPage) -> None:
    """A package, then its tag: bound, and on to the next one."""
    page = open_page(morning, PACKAGES)
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Scan")
    expect(dialog).to_contain_text("There is no camera here")
    for code, then in (
        ("no such code", "There is no package and no tag"),
        ("MP-BARE", "Now scan the tag"),
        ("AA:BB:CC:DD:EE:10", "The tag is on MP-BARE"),
    ):
        dialog.get_by_label("Or type the code").fill(code)
        dialog.get_by_role("button", name="Look up").click()
        expect(dialog).to_contain_text(then)
    found = morning.package("MP-BARE")
    assert found is not None
    assert found["tag_id"] == "AA:BB:CC:DD:EE:10"


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pictures of three codes: a QR code, a Data Matrix with FNC1, a Code 128; drawn by the reader's other half."""
    node = program("node")
    folder = tmp_path_factory.mktemp("codes")
    subprocess.run(
        [node, ROOT / "tests" / "server" / "web" / "codes.mjs", folder], check=True, cwd=ROOT / "server" / "web"
    )
    return {path.stem: path for path in folder.iterdir()}


def test_photos_of_qr_data_matrix_and_code_128_are_read(
    morning: Stage, open_page: OpenPage, codes: dict[str, Path]
) -> None:
    """By a reader that comes from here: the page is allowed no other server, and the policy allows no eval."""
    morning.packages = [
        a_package("A17", reference="(00)340123450000000017"),
        a_package("B18", reference="0134000000000011\x1d21X5"),
    ]
    morning.tags = [a_tag("AA:BB:CC:DD:EE:FF")]
    page = open_page(morning, PACKAGES)
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Scan")
    photo = dialog.get_by_label("Take or choose a photo")
    for name, then in (("qr", "Package A17"), ("code128", "The tag is on A17"), ("datamatrix", "Package B18")):
        photo.set_input_files(codes[name])
        expect(dialog).to_contain_text(then, timeout=15_000)
    photo.set_input_files(codes["blank"])
    expect(dialog.get_by_role("alert")).to_contain_text("No code is in the photo")


def test_the_camera_reads_a_code_by_itself(morning: Stage, codes: dict[str, Path], browser: Browser) -> None:
    """Chromium's camera of a file, in a browser of its own."""
    film = [
        *ARGUMENTS,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={codes['film']}",
    ]
    morning.packages = [a_package("A17", reference="(00)340123450000000017")]
    launched = browser.browser_type.launch(executable_path=chromium(), args=film)
    try:
        page = launched.new_page()
        page.goto(morning.url + PACKAGES)
        page.locator("[data-package]").first.wait_for()
        page.keyboard.press("s")
        dialog = page.get_by_role("dialog", name="Scan")
        expect(dialog).to_contain_text("Package A17", timeout=15_000)
        expect(dialog).to_contain_text("Now scan the tag that is put on A17")
    finally:
        launched.close()


def test_whoever_may_only_look_changes_nothing(stage: MakeStage, open_page: OpenPage) -> None:
    """And who may not look sees no such page."""
    made = stage(6, may=["positions:read", "packages:read"])
    make_parcels(made)
    page = open_page(made, f"{PACKAGES}&package=MP-A17K")
    panel = page.get_by_role("complementary", name="MP-A17K")
    expect(panel.get_by_role("link", name="EPCIS")).to_be_visible()
    for name in ("Add", "Import", "Take off", "Change the plan", "Close package"):
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)
    blind = open_page(stage(6, may=["positions:read"]))
    blind.locator("[data-vehicle]").first.wait_for()
    expect(blind.get_by_role("link", name="Packages")).to_have_count(0)


def test_empty_failed_and_away_say_what_to_do(stage: MakeStage, open_page: OpenPage) -> None:
    """Never a blank page, never an old one without a word."""
    made = stage(6)
    page = open_page(made, PACKAGES)
    expect(page.get_by_role("heading", name="No packages yet")).to_be_visible()
    made.broken.add("packages")
    page.get_by_label("Alarm").select_option("missing")
    expect(page.get_by_role("alert")).to_contain_text("The store does not answer. Nothing is lost.")
    made.broken.clear()
    made.packages = [a_package("MP-1", custody=believed("unknown", 0.9, alarm="missing"))]
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-package]")).to_have_count(1)
    made.stop()
    page.get_by_label("Alarm").select_option("")
    expect(page.get_by_text("Shown as it was then.").first).to_be_visible()
    expect(page.locator("[data-package]")).to_have_count(1)
    made.packages.append(a_package("MP-2"))
    made.start()
    expect(page.locator("[data-package]")).to_have_count(2, timeout=20_000)


def test_aboard_now_stands_in_the_vehicles_panel_the_unsure_first(morning: Stage, open_page: OpenPage) -> None:
    """Strangers, then what is missing, then doubts; the others are counted."""
    morning.loads = [{**wrong_one(), "vehicle_id": "van-2"}, *neighbours()]
    page = open_page(morning, "/?vehicle=van-2", height=900)
    aboard = page.get_by_role("complementary", name="Van 2").locator("section").filter(has_text="Aboard")
    expect(aboard).to_contain_text("47 of 48 expected")
    expect(aboard.get_by_role("listitem")).to_have_text(
        [
            re.compile("MP-2K9D.*belongs to Van 21"),
            re.compile("MP-A17K.*not aboard"),
            re.compile("MP-MAY1.*probably aboard"),
        ]
    )
    expect(aboard).to_contain_text("46 more aboard, each above 99\u00a0%.")
    morning.loads[0] = {**morning.loads[0], "strangers": [], "state": "missing"}
    morning.say("custody", {"vehicle_id": "van-2", "package_id": "x", "place": "unknown", "p": 0.9, "alarm": None})
    expect(aboard.get_by_role("listitem")).to_have_count(2)
    aboard.get_by_role("link", name="MP-A17K").click()
    expect(page.get_by_role("complementary", name="MP-A17K")).to_be_visible()
