"""A real InfluxDB on a free port: started, set up, killed and started again."""

import csv
import io
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import urllib3

from tests.support.ports import free_port
from tests.support.real import real_part
from tests.support.waiting import until

ORG, BUCKET, TOKEN = "milepost", "fleet", "a-token-of-the-tests"
VERSION = "2.9.1"


def influxd_program() -> str:
    """Where influxd is: named in the environment, on the PATH, or in the cache that tests/support/influxd/build fills."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    named = os.environ.get("MILEPOST_INFLUXD") or shutil.which("influxd")
    built = cache / "milepost" / f"influxd-{VERSION}" / "influxd"
    found = named or (str(built) if built.exists() else None)
    real_part("influxd", found, "call tests/support/influxd/build, or name one in MILEPOST_INFLUXD")
    assert found
    return found


class Influxd:
    """One server with its data in `folder`."""

    def __init__(self, folder: Path, *options: str, certificates: Path | None = None) -> None:
        """`certificates` holds ca.pem and those of localhost; with them it speaks TLS."""
        self.folder = folder
        self._options = options
        self.port = free_port()
        self.url, self._http = f"http://127.0.0.1:{self.port}", urllib3.PoolManager()
        if certificates:
            self.url = f"https://localhost:{self.port}"
            self._http = urllib3.PoolManager(ca_certs=str(certificates / "ca.pem"))
            self._options += ("--tls-cert", str(certificates / "server.pem"))
            self._options += ("--tls-key", str(certificates / "server.key"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers; the first time also make its organisation, bucket and token."""
        command = [influxd_program(), "--http-bind-address", f"127.0.0.1:{self.port}", "--reporting-disabled"]
        command += self._options
        for option, name in (("bolt-path", "i.bolt"), ("sqlite-path", "i.sqlite"), ("engine-path", "engine")):
            command += [f"--{option}", str(self.folder / name)]
        with (self.folder / "influxd.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        until(self._ready, 60, f"influxd ({self.folder / 'influxd.log'})")
        setup = {"username": "milepost", "password": "a-password", "org": ORG, "bucket": BUCKET, "token": TOKEN}
        if self._http.request("GET", f"{self.url}/api/v2/setup").json()["allowed"]:
            assert self._http.request("POST", f"{self.url}/api/v2/setup", json=setup).status == 201

    def kill(self) -> None:
        """kill -9."""
        assert self._process
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        assert self._process
        self._process.terminate()
        self._process.wait(30)

    def telemetry_url(self, bucket: str = BUCKET, token: str = TOKEN, org: str = ORG) -> str:
        """The server's address as the telemetry setting has it."""
        scheme, _, where = self.url.partition("://")
        return f"{scheme.replace('http', 'influxdb')}://{token}@{where}/{org}/{bucket}"

    def write(self, bucket: str, lines: str) -> None:
        """What another program writes into a bucket."""
        query = f"/api/v2/write?org={ORG}&bucket={bucket}&precision=ns"
        answer = self._http.request("POST", self.url + query, headers={"Authorization": f"Token {TOKEN}"}, body=lines)
        assert answer.status == 204, answer.data

    def csv(self, bucket: str, query: str) -> list[dict[str, str]]:
        """The rows that InfluxQL answers, with times in ns."""
        headers = {"Authorization": f"Token {TOKEN}", "Accept": "application/csv"}
        fields = {"db": bucket, "q": query, "epoch": "ns"}
        answer = self._http.request("GET", f"{self.url}/query", headers=headers, fields=fields)
        return list(csv.DictReader(io.StringIO(answer.data.decode())))

    def ask(self, method: str, path: str, **body: object) -> dict[str, Any]:
        """An administrative request, for tests that prepare something."""
        headers = {"Authorization": f"Token {TOKEN}"}
        answer = self._http.request(method, self.url + path, headers=headers, json=body or None)
        assert answer.status < 300, answer.data
        return dict(answer.json()) if answer.data else {}

    def _ready(self) -> bool:
        assert self._process
        if self._process.poll() is not None:
            raise AssertionError((self.folder / "influxd.log").read_text()[-2000:])
        try:
            return self._http.request("GET", f"{self.url}/ready", retries=False, timeout=2).status == 200
        except urllib3.exceptions.HTTPError:
            return False
