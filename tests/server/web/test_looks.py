"""What every page keeps in both themes: nothing serious for axe, nothing sideways, and pictures for the eye."""

import pytest
from playwright.sync_api import Page

from tests.server.web.conftest import TODAY, MakeStage, OpenPage
from tests.server.web.stage import ROOT
from tests.server.web.stage.busy import make_busy
from tests.support.real import real_part

pytestmark = pytest.mark.page
AXE = ROOT / "server" / "web" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = {
    "live": "/",
    "vehicle": "/?vehicle=van-2",
    "day": f"/?vehicle=van-2&day={TODAY}",
    "alerts": "/?page=alerts&alert=alert-3",
    "fences": "/?page=fences",
    "fence": "/?page=fences&fence=ruoholahti",
    "storm": "/?page=alerts&alert=alert-10",
    "rules": "/?page=settings&tab=rules&item=left-the-depot",
    "channels": "/?page=settings&tab=channels&item=hook",
    "told": "/?page=settings&tab=notifications",
    "gateways": "/?page=gateways&gateway=gw-0003",
    "reports": "/?page=reports&report=distance&group=vehicle",
    "packages": "/?page=packages",
    "package": "/?page=packages&package=MP-A17K",
    "tag": "/?page=packages&tab=tags&tag-id=b9407f30-f5f8-466e-aff9-25556b57fe6d%2F4%2F17",
    "truth": "/?page=truth",
    "login": "/login",
}


def settle(page: Page, name: str) -> None:
    """Until what the page is about stands there."""
    page.locator(
        {
            "day": ".lanes",
            "alerts": ".tl",
            "fences": "[data-fence]",
            "fence": "[aria-label='Last week'] details",
            "storm": ".evidence ul li",
            "rules": "aside form",
            "channels": "aside form",
            "told": "form.form",
            "gateways": "tbody tr",
            "reports": ".scroll tbody tr",
            "packages": "[data-package]",
            "package": "aside .tl",
            "tag": "aside svg[role=img]",
            "truth": ".scroll tbody tr",
            "login": "form",
            "vehicle": "aside.right .bar",
        }.get(name, "[data-vehicle]")
    ).first.wait_for()


def serious(page: Page) -> list[tuple[str, str]]:
    """What axe finds that keeps somebody out: the rule and the first place."""
    result = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        (rule["id"], str(rule["nodes"][0]["target"]))
        for rule in result["violations"]
        if rule["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize(
    "width", [360, pytest.param(768, marks=pytest.mark.long), 1280, pytest.param(1920, marks=pytest.mark.long)]
)
def test_every_page_is_for_everybody_in_both_themes(
    stage: MakeStage, open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory, width: int
) -> None:
    """Nothing serious for axe, nothing over the edge; the pictures are for comparing with the mock by eye."""
    real_part("axe-core", AXE.exists(), "npm ci in server/web")
    pictures = tmp_path_factory.getbasetemp() / "pictures"
    pictures.mkdir(exist_ok=True)
    made = stage(26)
    make_busy(made)
    page = open_page(made, width=width, height=720 if width > 760 else 680)
    found = []
    for name, path in PAGES.items():
        page.goto(made.url + path)
        settle(page, name)
        page.evaluate(AXE.read_text())  # as developer tools do: the policy allows no foreign script
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.screenshot(path=pictures / f"{name}-{width}-{theme}.png")
            if theme == "dark" or width > 760:  # the narrow page has the same colours
                found += [(name, theme, *rule) for rule in serious(page)]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert not found
