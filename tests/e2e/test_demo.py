"""The demo, as a newcomer runs it: vans on the map, signed in by the link, and every record accounted for at the end."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.chromium import ARGUMENTS, chromium
from tests.support.waiting import until


def children_of(pid: int) -> set[int]:
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def alive(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("said", [[signal.SIGINT, signal.SIGHUP] * 3, [signal.SIGKILL]])
def test_whatever_ends_the_demo_ends_all_of_it(tmp_path: Path, said: list[signal.Signals]) -> None:
    """Impatient people press Ctrl-C five times, or close the terminal; a script may have told us to ignore Ctrl-C."""
    command = [sys.executable, "-m", "milepost.main", "demo", "--vans", "1", "--no-browser"]
    log = tmp_path / "log"
    with log.open("wb") as words:
        demo = subprocess.Popen(
            command,
            stderr=words,
            env={**os.environ, "TMPDIR": str(tmp_path)},
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # noqa: PLW1509
        )
    until(lambda: "Vans:" in log.read_text(), 60, "the server of the demo")
    programs = until(lambda: found if len(found := children_of(demo.pid)) > 1 else None, 20, "server and receiver")
    programs |= {broker for program in programs for broker in children_of(program)}
    for number in said:
        demo.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            demo.wait(0.1)
    demo.wait(30)
    until(lambda: not [pid for pid in programs if alive(pid)], 10, "the end of all of them")


@pytest.mark.page
def test_vans_drive_on_the_map_and_nothing_is_lost(tmp_path: Path) -> None:
    """The main job of the whole program, from the receiver's bytes to a moving marker in a browser."""
    browser = chromium()
    playwright = pytest.importorskip("playwright.sync_api")
    report, log = tmp_path / "report.json", tmp_path / "log"
    command = [sys.executable, "-m", "milepost.main", "demo", "--vans", "2", "--for", "25", "--no-browser"]
    with log.open("wb") as words:
        demo = subprocess.Popen([*command, "--report", str(report)], stderr=words, start_new_session=True)
    try:
        found = until(lambda: demo.poll() is not None or re.search(r"http\S+once=\S+", log.read_text()), 90, "the link")
        assert not isinstance(found, bool), log.read_text()
        with playwright.sync_playwright() as started:
            page = started.chromium.launch(executable_path=browser, args=ARGUMENTS).new_page()
            refused: list[str] = []
            page.on("request", lambda request: refused.append(request.url) if "127.0.0.1" not in request.url else None)
            page.goto(found[0])
            page.get_by_text("van-1").first.wait_for(timeout=20_000)
            page.get_by_text("van-2").first.wait_for(timeout=20_000)
            page.get_by_text(re.compile("Driving|Standing")).first.wait_for(timeout=20_000)
            assert not [url for url in refused if url.startswith("http")]
            page.context.browser.close()
        assert demo.wait(120) == 0, log.read_text()
    finally:
        demo.terminate()
        demo.wait(30)
    said = json.loads(report.read_text())
    assert said["vans"] == 2
    assert said["records"]["put"] == said["records"]["committed"] > 2
    assert (said["records"]["lost"], said["records"]["doubled"]) == (0, 0)
    assert said["latency_ms"]["serial_to_sse"]["count"] > 20
    assert set(said["parts"]) == {"broker", "telemetry", "database"}
