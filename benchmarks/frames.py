"""What moving vehicles cost the browser's main thread, against MapLibre's usual way: `python -m benchmarks.frames`.

Headless Chromium, software GL, 1440 x 900. Ours is the live page as people use it: list, figures, groups above 300 in
view, up to 1,000 fixes a second from a stage, drawn only as often as something visibly moves. The peer is a bare map
with a circle layer whose GeoJSON source is interpolated and set again (`setData`), one after the other, without a list
or a stream. Times are from Chromium's sampling profiler: everything on the main thread that has a JavaScript function
below it, and the collector.
"""

import argparse
import asyncio
import platform
import shutil
import sys
import threading
import time
from importlib.metadata import version
from typing import Any

import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tests.server.web.conftest import ARGUMENTS
from tests.server.web.stage import ROOT, Stage
from tests.server.web.vans import Van
from tests.support.ports import free_port

MAPLIBRE = ROOT / "server" / "web" / "node_modules" / "maplibre-gl"
COUNT_FRAMES = """
window.frames_drawn = 0;
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (draw) => request((now) => { window.frames_drawn += 1; draw(now); });
"""
PEER = """<!doctype html><body style="margin:0"><div id="map" style="width:100vw;height:100vh"></div>
<script type="module">
import { Map, setWorkerUrl } from "/maplibre/maplibre-gl.mjs";
setWorkerUrl("/maplibre/maplibre-gl-worker.mjs");
const count = Number(new URLSearchParams(location.search).get("vans"));
const vans = Array.from({ length: count }, (_, i) => ({ lon: 24.94 + 0.25 * Math.sin(i * 1.7),
  lat: 60.17 + 0.12 * Math.cos(i * 2.3), east: 1e-4 * Math.sin(i), north: 5e-5 * Math.cos(i) }));
const data = (s) => ({ type: "FeatureCollection", features: vans.map((van, id) => ({
  type: "Feature", id, properties: {},
  geometry: { type: "Point", coordinates: [van.lon + van.east * s, van.lat + van.north * s] } })) });
const map = new Map({ container: "map", center: [24.94, 60.17], zoom: 9.5,
  style: { version: 8, sources: { vans: { type: "geojson", data: data(0) } },
    layers: [{ id: "vans", type: "circle", source: "vans", paint: { "circle-radius": 6 } }] } });
map.on("load", () => {
  document.body.dataset.ready = "yes";
  const began = performance.now();
  const draw = async () => {
    await map.getSource("vans").setData(data((performance.now() - began) / 1000));
    requestAnimationFrame(draw);
  };
  draw();
});
</script>"""


def serve_peer() -> str:
    """The bare map, on a port of its own."""
    app = Starlette(
        routes=[
            Route("/", lambda _: HTMLResponse(PEER)),
            Mount("/maplibre", StaticFiles(directory=MAPLIBRE / "dist")),
        ]
    )
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=free_port(), log_level="warning", lifespan="off")
    )
    threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True).start()
    while not server.started:
        threading.Event().wait(0.01)
    return f"http://127.0.0.1:{server.config.port}/"


def busy_ms(profile: dict[str, Any]) -> float:
    """Milliseconds of the main thread that belong to JavaScript, its calls into the browser, and the collector."""
    names = {node["id"]: node["callFrame"]["functionName"] for node in profile["nodes"]}
    pairs = zip(profile["samples"], profile["timeDeltas"], strict=True)
    return sum(delta for node, delta in pairs if names[node] not in {"(idle)", "(program)", "(root)"}) / 1000


def measured(page: Page, seconds: float) -> tuple[float, float, float]:
    """Frames a second, ms of the main thread a frame, and the share of the main thread."""
    session = page.context.new_cdp_session(page)
    session.send("Profiler.enable")
    session.send("Profiler.setSamplingInterval", {"interval": 500})
    began, frames = time.monotonic(), page.evaluate("window.frames_drawn")
    session.send("Profiler.start")
    page.wait_for_timeout(1000 * seconds)
    used_ms = busy_ms(session.send("Profiler.stop")["profile"])
    took_s = time.monotonic() - began
    drawn = page.evaluate("window.frames_drawn") - frames
    return drawn / took_s, used_ms / max(1, drawn), used_ms / 1000 / took_s


def run(browser: Browser, url: str, ready: str, seconds: float) -> tuple[float, float, float]:
    """Open a page, let it settle, measure it."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(COUNT_FRAMES)
    page.goto(url)
    page.locator(ready).first.wait_for(timeout=60_000)
    page.wait_for_timeout(4000)
    result = measured(page, seconds)
    page.close()
    return result


def main() -> None:
    """Print one line a fleet size: ours, the peer, and how many times more the peer needs."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--vans", type=int, nargs="*", default=[500, 2000, 10_000])
    parser.add_argument("--seconds", type=float, default=8)
    args = parser.parse_args()
    found = shutil.which("chromium")
    if not found or not MAPLIBRE.is_dir():
        sys.exit("Chromium and server/web/node_modules are needed: `make setup`, then try again.")
    peer = serve_peer()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        print(f"Chromium {browser.version}, playwright {version('playwright')}, {platform.machine()}, software GL")
        print("vans    page: frames/s  ms/frame    busy   setData: frames/s  ms/frame    busy   busy: peer / page")
        for vans in args.vans:
            stage = Stage([Van(number=n, spread=True) for n in range(1, vans + 1)], port=free_port())
            stage.start()
            ours = run(browser, stage.url, "[data-vehicle]", args.seconds)
            stage.stop()
            theirs = run(browser, f"{peer}?vans={vans}", "[data-ready]", args.seconds)
            line = f"{vans:>6} {ours[0]:>15.1f} {ours[1]:>9.1f} {ours[2]:>6.1%} "
            print(line + f"{theirs[0]:>19.1f} {theirs[1]:>9.1f} {theirs[2]:>6.1%} {theirs[2] / ours[2]:>15.1f}")
        browser.close()


if __name__ == "__main__":
    main()
