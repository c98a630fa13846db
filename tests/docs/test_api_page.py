"""docs/api-guide.md: every call of it works against the real server, and every answer that it shows has the true shape."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from docs import examples
from server.domain.attempts import FREE, WINDOW
from server.store.sessions import SESSION_DAYS
from tests.docs.pages import Block, blocks, page, pages
from tests.support.brokers import Mosquitto
from tests.support.real import program
from tests.support.servers import Server
from tests.support.waiting import until
from wire.topics import topic

API = "docs/api-guide.md"
STREAM_ENDS = 28
"""curl's exit status when its time is over: a stream ends in no other way."""
Call = tuple[Block, str]
CALLS: list[Call] = [(block, line) for block in blocks("sh", of=API) for line in block.text.splitlines()]


@pytest.fixture(scope="module")
def van(broker: Mosquitto, server: Server) -> Server:
    """The server, when it has van-7 on it."""
    words = ["-h", "127.0.0.1", "-p", str(broker.port), "-t", topic("van-7", "up"), "-m", json.dumps(examples.UP)]
    subprocess.run([program("mosquitto_pub"), *words], check=True)
    until(lambda: server.api.get("/api/v1/vehicles/van-7").is_success, 20, "the vehicle")
    return server


def called(line: str, server: Server, folder: Path) -> str:
    """What a call of the page prints; an HTTP error fails it."""
    program("curl")
    (folder / ".curlrc").write_text("silent\nfail-with-body\nmax-time = 2\n")
    url, key = str(server.api.base_url).rstrip("/"), server.api.headers["Authorization"].removeprefix("Bearer ")
    names = {"MILEPOST": url, "KEY": key, "PASSWORD": server.password, "CURL_HOME": str(folder)}
    done = subprocess.run(
        ["bash", "-euc", line], cwd=folder, env={**os.environ, **names}, capture_output=True, text=True, check=False
    )
    assert done.returncode in ((0, STREAM_ENDS) if "/stream" in line else (0,)), done.stdout + done.stderr
    return done.stdout


def shape(value: Any) -> Any:
    """Keys and nesting of an answer, without its values; lists by their first element."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in sorted(value.items())}
    return [shape(inner) for inner in value[:1] if isinstance(inner, dict)] if isinstance(value, list) else ...


def test_every_call_works(van: Server, tmp_path: Path) -> None:
    """People paste them into a terminal, in the order of the page."""
    assert len(CALLS) > 10
    for _, line in CALLS:
        assert called(line, van, tmp_path) or " -c cookies " in line, line


@pytest.mark.parametrize("place", range(len(blocks("json", of=API))))
def test_every_answer_has_the_shape_of_the_true_one(place: int, van: Server, tmp_path: Path) -> None:
    """A field that is only on the page costs somebody an afternoon."""
    shown = blocks("json", of=API)[place]
    said = json.loads(shown.text)
    if "detail" in said:
        assert van.api.get("/api/v1/vehicles/van-9").json() == said
        return
    [*_, before] = [line for block, line in CALLS if block.line < shown.line]
    said_by_server = json.loads(called(before, van, tmp_path))
    if "features" in said:
        said_by_server["features"] = [each for each in said_by_server["features"] if each["id"] == "van-7"]
    assert shape(said_by_server) == shape(said)


def test_the_track_on_the_page_is_the_track_that_was_sent(van: Server) -> None:
    """The numbers as well."""
    [track] = [said for block in blocks("json", of=API) if (said := json.loads(block.text)).get("type") == "Feature"]
    asked = {"from": track["properties"]["from"], "to": track["properties"]["to"]}
    assert van.api.get("/api/v1/vehicles/van-7/track", params=asked).json() == track


def test_it_names_every_endpoint_and_event(van: Server) -> None:
    """What is not on the page, or on one of those for a subject, is not found."""
    text = page(API) + "".join(path.read_text(encoding="utf-8") for path in pages())
    said = van.api.get("/api/v1/openapi.json").json()
    unnamed = {"/api/v1/map", "/api/v1/about", "/api/v1/session/password", "/api/v1/vehicles"}  # the pages' own
    for path in said["paths"].keys() - unnamed:
        assert path.replace("{vehicle_id}", "van-7").replace("{gateway_id}", "van-7") in text, path
    for event in ("hello", "positions", "gateway", "reset"):
        assert f"| `{event}` |" in text


def test_an_answer_that_is_known_is_not_sent_again(van: Server) -> None:
    """The page says how; so it has to be so."""
    first = van.api.get("/api/v1/latest")
    again = van.api.get("/api/v1/latest", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert not again.content


def test_its_numbers_are_those_of_the_code() -> None:
    """Five, fourteen: somebody builds on them."""
    text = " ".join(page(API).split())
    assert f"cookie for {SESSION_DAYS} days" in text
    assert FREE == 5
    assert WINDOW.total_seconds() == 300
    assert "five wrong passwords in five minutes" in text
