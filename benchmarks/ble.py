"""What hearing tags costs the box: `python -m benchmarks.ble [--rate 400] [--seconds 30]`.

The real gateway program, real bleak, and the rig's bus; its processor time with tags on the air, less that without. The
aim is a twentieth of a core at 400 adverts a second. Peers in the same run: bleak with a callback that does nothing
(what no scanner on D-Bus can do without), and one that makes a JSON message of every advert and publishes it, which is
what the common bridges do. The rig and the bus run beside it and are not counted.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import version
from pathlib import Path

from bleak import BleakScanner
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from simulators.bluez import Beacon, Rig
from tests.support.bluetooth import RUUVI, heard
from tests.support.brokers import Mosquitto
from tests.support.gateways import GatewayProcess, a_config
from tests.support.landing import Landing
from tests.support.waiting import until

TICKS = os.sysconf("SC_CLK_TCK")
AIM_PERCENT = 5.0
INTERVAL_S = 0.5


def cpu_s(pid: int) -> float:
    """Processor time of a process so far."""
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def share(pid: int, seconds: float) -> float:
    """Percent of a core that a process takes from now on."""
    began, before = time.monotonic(), cpu_s(pid)
    threading.Event().wait(seconds)
    return 100 * (cpu_s(pid) - before) / (time.monotonic() - began)


def tags(rate: float) -> list[Beacon]:
    """So many that `rate` adverts come each second: nine in ten iBeacons, the others sensors that change."""
    count = round(rate * INTERVAL_S)
    sensor = {0x0499: RUUVI}
    return [
        Beacon(advert=heard(n, -60, manufacturer_data=sensor) if n % 10 == 0 else heard(n), every_s=INTERVAL_S)
        for n in range(count)
    ]


def gateway(rig: Rig, broker: Mosquitto, rate: float, seconds: float) -> tuple[float, float, float]:
    """The gateway's percent of a core without tags and with them; adverts a second that it heard."""
    with tempfile.TemporaryDirectory() as folder, Landing(broker.port) as landing:
        config = a_config(Path(folder), broker.url, outbox={"commit_every_s": 1}, uplink={"linger_s": 5})
        with GatewayProcess(config, Path(folder), **rig.environment) as box:
            until(rig.scanned, 30, "the scan")
            landing.manifest("van-1", *[f"f7826da6-4fa2-4e98-8024-bc5b71e0893e/1/{n}" for n in range(48)])
            threading.Event().wait(3)
            idle = share(box.pid, seconds / 2)
            rig.play(tags(rate))
            threading.Event().wait(5)
            before = sum(row.fields.get("adverts", 0) for row in box.rows("scanner"))
            rows = len(box.rows("scanner"))
            busy = share(box.pid, seconds)
            count = sum(row.fields.get("adverts", 0) for row in box.rows("scanner")) - before
            windows = len(box.rows("scanner")) - rows
            rig.hush()
            return idle, busy, count / (10 * windows)


def peer(rig: Rig, rate: float, seconds: float, what: str, port: int) -> float:
    """The percent of a core of a scanner that does the least, or that publishes every advert."""
    command = [sys.executable, "-m", "benchmarks.ble", "--peer", what, "--port", str(port)]
    with subprocess.Popen(command, env={**os.environ, **rig.environment}) as process:
        try:
            until(rig.scanned, 30, "the peer's scan")
            rig.play(tags(rate))
            threading.Event().wait(5)
            busy = share(process.pid, seconds)
            rig.hush()
        finally:
            process.kill()
    return busy


async def be(what: str, port: int) -> None:
    """Be a peer."""
    client = Client(CallbackAPIVersion.VERSION2)
    if what == "publish":
        client.connect("127.0.0.1", port)
        client.loop_start()

    def told(device, data) -> None:
        if what == "publish":
            said = {
                "id": device.address,
                "name": data.local_name,
                "rssi": data.rssi,
                "manufacturerdata": {str(key): value.hex() for key, value in data.manufacturer_data.items()},
                "servicedata": {key: value.hex() for key, value in data.service_data.items()},
                "time": time.time(),
            }
            client.publish(f"home/BTtoMQTT/{device.address.replace(':', '')}", json.dumps(said))

    filters = {"DuplicateData": True, "RSSI": -127}
    await BleakScanner(told, bluez={"adapter": "hci0", "filters": filters}).start()
    await asyncio.Event().wait()


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=float, default=400)
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--peer", choices=["nothing", "publish"])
    options.add_argument("--port", type=int, default=0)
    said = options.parse_args()
    if said.peer:
        asyncio.run(be(said.peer, said.port))
        return
    with tempfile.TemporaryDirectory() as folder, Mosquitto(Path(folder)) as broker, Rig() as rig:
        idle, busy, heard_per_s = gateway(rig, broker, said.rate, said.seconds)
        least = peer(rig, said.rate, said.seconds, "nothing", broker.port)
        publishes = peer(rig, said.rate, said.seconds, "publish", broker.port)
    tags_percent = busy - idle
    print(f"Python {platform.python_version()}, bleak {version('bleak')}, dbus-fast {version('dbus-fast')}")
    print(f"{heard_per_s:.0f} adverts/s heard, {len(tags(said.rate))} tags, 48 of them in the manifest")
    print(f"gateway, for tags              {tags_percent:5.1f} % of a core (aim {AIM_PERCENT:g} %)")
    print(f"gateway, without any tag       {idle:5.1f} %")
    print(f"bleak, callback does nothing   {least:5.1f} %   the gateway takes {tags_percent / least:.2f} of it")
    print(f"bleak, JSON for every advert   {publishes:5.1f} %   the gateway takes {tags_percent / publishes:.2f} of it")


if __name__ == "__main__":
    main()
