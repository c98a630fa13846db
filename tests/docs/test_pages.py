"""What holds for every page: links lead somewhere, paths exist, blocks parse, nothing of the writer's own machine is in it."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from docs.generate import decisions_index
from gateway.settings import load as load_gateway
from milepost.facts.rules import RuleBook, read_rules
from server.settings import Settings
from server.settings import load as load_server
from tests.docs.pages import CODE, LINK, Block, blocks, page, pages, prose
from tests.support.real import ROOT

PAGES = pages()
FOLDERS = ("benchmarks", "configs", "docs", "firmware_bridge", "gateway", "server", "simulators", "tests", "wire")
NAMED_PATH = re.compile(rf"^(?:{'|'.join(FOLDERS)})/[\w./*-]*$")
OURS = re.compile(r"(?<![\w/])(/work|/root|/tmp/|/home/\w+)|localhost:\d+/(?!api)|\.internal\b")
READER = {
    "README.md": "Where to read on",
    "docs/installers-guide.md": "installers",
    "docs/dispatchers-guide.md": "dispatchers",
    "docs/operators-guide.md": "operators",
    "docs/api-guide.md": "programs",
    "docs/wire.md": "box",
}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_link_leads_somewhere(path: Path) -> None:
    """A dead link is where a reader gives up."""
    for link in LINK.findall(prose(path.read_text(encoding="utf-8"))):
        target, _, anchor = link.partition("#")
        if target.startswith("https://"):
            continue
        found = (path.parent / target).resolve() if target else path
        if found.name != "live.png":  # taken by the pages' own tests, after the pages look as they should
            assert found.exists(), link
        assert not anchor or anchor in anchors(found), link


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_path_that_is_named_exists(path: Path) -> None:
    """Files move; pages are forgotten."""
    for words in CODE.findall(prose(path.read_text(encoding="utf-8"))):
        if NAMED_PATH.match(words) and words.split("/")[-1] != "server.toml":
            assert list(ROOT.glob(words.rstrip("/"))), words


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_no_page_names_the_machine_that_it_was_written_on(path: Path) -> None:
    """It means nothing to a reader, and should not leave here."""
    assert not OURS.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", [*(ROOT / "docs").rglob("*.json"), *(ROOT / "configs").rglob("*.*")], ids=name)
def test_no_generated_document_or_configuration_does_either(path: Path) -> None:
    """They go to every customer."""
    if path.suffix != ".pyc":
        assert not OURS.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    """A missing comma costs a reader ten minutes. Lines of JSON count as well."""
    try:
        assert json.loads(block.text)
    except json.JSONDecodeError:
        assert [json.loads(line) for line in block.text.splitlines()]


@pytest.mark.parametrize("block", blocks("toml"), ids=str)
def test_settings_on_a_page_are_settings(block: Block, tmp_path: Path) -> None:
    """People copy them, and have the files that they name."""
    for secret in re.findall(r"/etc/milepost/([\w.]+)", block.text):
        (tmp_path / secret).write_text("secret\n")
    path = tmp_path / "settings.toml"
    path.write_text(block.text.replace("/etc/milepost", str(tmp_path)))
    if block.page.name == "installers-guide.md":
        assert load_gateway(path).id == "van-7"
    elif block.page.name == "facts.md":
        assert read_rules(path) != RuleBook()
    else:
        assert load_server(path) != Settings()


@pytest.mark.parametrize(("path", "words"), READER.items())
def test_each_page_says_for_whom_it_is(path: str, words: str) -> None:
    """A reader decides by the first lines; the README by its table."""
    text = page(path)
    assert words in (text if path == "README.md" else text.splitlines()[0])
    assert path == "README.md" or f"]({path})" in page("README.md")


def test_the_readme_names_the_two_commands() -> None:
    """They are all that somebody with a fresh clone needs."""
    makefile = page("Makefile")
    calls = [block.text.strip() for block in blocks("", of="README.md")]
    for target in ("demo", "test"):
        assert f"make {target}" in calls
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


@pytest.mark.parametrize("path", ["README.md", "CONTRIBUTING.md", "docs/operators-guide.md"])
def test_every_make_target_that_is_named_exists(path: str) -> None:
    """`make` says only that it knows no rule."""
    for target in re.findall(r"(?:`|^)make ([a-z-]+)", page(path), re.MULTILINE):
        assert re.search(rf"^{target}:", page("Makefile"), re.MULTILINE), target


def test_every_extra_that_is_named_exists() -> None:
    """pip only warns about an extra that there is not."""
    extras = tomllib.loads(page("pyproject.toml"))["project"]["optional-dependencies"]
    for path in PAGES:
        for named in re.findall(r"milepost\[([a-z,]+)\]", path.read_text(encoding="utf-8")):
            assert set(named.split(",")) <= extras.keys(), path


def test_the_changelog_has_a_place_for_what_comes() -> None:
    """Without one nobody writes down what users will notice."""
    text = page("CHANGELOG.md")
    assert text.index("## [Unreleased]") == text.index("## [")
    sections = set(re.findall(r"^### (.+)$", text, re.MULTILINE))
    assert sections <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_every_decision_is_in_the_index_and_short() -> None:
    """Ten lines, or nobody reads them."""
    assert page("docs/decisions/README.md") == decisions_index(), "run `make schemas`"
    for path in sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md")):
        title, *text = path.read_text(encoding="utf-8").splitlines()
        assert title.startswith(f"# {path.name[:3]} "), path.name
        assert len([line for line in text if line]) <= 20, path.name


def test_contributing_is_one_page() -> None:
    """Whoever wants to help reads one page, not a book."""
    assert len(page("CONTRIBUTING.md").splitlines()) <= 60
