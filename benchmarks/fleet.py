"""From a fix to the event stream at 1,000 vehicles, against a bare MQTT subscriber: `python -m benchmarks.fleet`.

Real mosquitto, real server. While `milepost simulate fleet` delivers everybody's positions, this program publishes each
vehicle's newest position once a second, stamped with the clock, and listens at both ends: as a browser does, and as a
subscriber that does nothing with it.
"""

import argparse
import contextlib
import json
import platform
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from simulators.demo.watch import percentile
from tests.support.servers import a_server
from wire.decode import decode_live
from wire.encode import encode_live
from wire.messages import Position, rfc3339
from wire.topics import topic

AIM_MS = 100
Heard = dict[tuple[str, str], float]


def connected(port: int) -> paho.Client:
    """A client of the broker, with its thread."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    client.connect("127.0.0.1", port)
    client.loop_start()
    return client


def listen(url: str, key: str, heard: Heard, stopping: threading.Event) -> None:
    """Be a browser."""
    headers = {"Authorization": f"Bearer {key}"}
    timeout = httpx.Timeout(5, read=60)
    with (
        contextlib.suppress(httpx.HTTPError),  # the server ends the stream at the end
        httpx.stream("GET", f"{url}/api/v1/stream", headers=headers, timeout=timeout) as response,
    ):
        for line in response.iter_lines():
            if stopping.is_set():
                return
            if line.startswith("data: ["):
                now = time.time()
                for position in json.loads(line[6:]):
                    if position["live"]:
                        heard.setdefault((position["vehicle"], position["at"]), now)


def publish(client: paho.Client, vehicles: int, seconds: float) -> dict[tuple[str, str], float]:
    """Each vehicle's newest position once a second, evenly spread; when each was handed over."""
    sent: dict[tuple[str, str], float] = {}
    pause = threading.Event()
    began = time.time()
    for number in range(int(vehicles * seconds)):
        due = began + number / vehicles
        if (wait_s := due - time.time()) > 0:
            pause.wait(wait_s)
        vehicle = f"sim-{number % vehicles + 1:05d}"
        now = time.time()
        at = datetime.fromtimestamp(now, UTC).replace(microsecond=int(now * 1000) % 1000 * 1000)
        position = Position(at=at, lon=24.94, lat=60.17, speed_mps=8.0, course_deg=90.0)
        client.publish(topic(vehicle, "live"), encode_live(position))
        sent.setdefault((vehicle, rfc3339(at)), now)
    return sent


def fleet_words(vehicles: int, port: int, seconds: float) -> list[str]:
    """The command that delivers everybody's positions."""
    words = f"simulate fleet --vans {vehicles} --batch 20 --rate 1 --for {seconds} --broker mqtt://127.0.0.1:{port}"
    return words.split()


def measured(vehicles: int, seconds: float) -> dict[str, Any]:
    """Latencies in ms at both ends, and what the fleet's own report says."""
    browser: Heard = {}
    bare: Heard = {}
    stopping = threading.Event()

    def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        now = time.time()
        vehicle = message.topic.split("/")[2]
        bare.setdefault((vehicle, rfc3339(decode_live(message.payload).at)), now)

    with tempfile.TemporaryDirectory() as folder, a_server(Path(folder)) as server:
        url, key = str(server.api.base_url), server.key("benchmark", "viewer")
        threading.Thread(target=listen, args=(url, key, browser, stopping), daemon=True).start()
        subscriber = connected(server.mqtt)
        subscriber.on_message = take
        subscriber.subscribe("milepost/v1/+/live")
        fleet = subprocess.Popen(
            [sys.executable, "-m", "milepost.main", *fleet_words(vehicles, server.mqtt, seconds + 5)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        publisher = connected(server.mqtt)
        publish(publisher, vehicles, 3)  # so that every vehicle is known
        sent = publish(publisher, vehicles, seconds)
        report = json.loads(fleet.communicate(timeout=120)[0])
        stopping.set()
        publisher.loop_stop()
        subscriber.loop_stop()
    return {
        "browser": sorted((browser[key] - at) * 1000 for key, at in sent.items() if key in browser),
        "bare": sorted((bare[key] - at) * 1000 for key, at in sent.items() if key in bare),
        "sent": len(sent),
        "fleet": report,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer vehicles, a shorter time")
    quick = parser.parse_args().quick
    vehicles, seconds = (200, 5) if quick else (1000, 20)
    found = measured(vehicles, seconds)
    print(f"Python {platform.python_version()}, uvicorn {version('uvicorn')}, paho {version('paho-mqtt')}")
    print(f"{vehicles} vehicles, {found['sent']} fixes in {seconds} s; the fleet beside them: {found['fleet']}")
    print(f"{'fix to':24}{'p50 ms':>9}{'p95 ms':>9}{'heard':>8}")
    for name, label in (("browser", "event stream"), ("bare", "bare subscriber")):
        ordered = found[name]
        p50, p95 = percentile(ordered, 0.5), percentile(ordered, 0.95)
        print(f"{label:24}{p50 or 0:9.1f}{p95 or 0:9.1f}{len(ordered):8}")
    ours, theirs = percentile(found["browser"], 0.95), percentile(found["bare"], 0.95)
    if ours and theirs:
        print(f"ratio of p95: {ours / theirs:.1f}   aim: p95 <= {AIM_MS} ms")
    print("A position that a newer one overtakes within 50 ms is shown once, so the stream may hear fewer.")


if __name__ == "__main__":
    main()
