"""docs/wire.md does what it says: its commands on a real broker and the real server, its bytes in the codec."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest

from docs import examples
from tests.docs.pages import blocks, page
from tests.support.brokers import Mosquitto
from tests.support.real import program
from tests.support.servers import Server
from tests.support.waiting import until
from wire import columns, decode, delivery, down, frames, messages
from wire.encode import Body, encode_up, encode_up_json
from wire.topics import LEAVES, topic

WIRE = "docs/wire.md"


def commands(name: str) -> list[list[str]]:
    """The calls of a program on the page, word by word."""
    lines = [line for block in blocks("sh", of=WIRE) for line in block.text.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith(name)]


def published() -> list[tuple[str, str]]:
    """Topic and payload of every message that the page publishes."""
    return [(words[words.index("-t") + 1], words[words.index("-m") + 1]) for words in commands("mosquitto_pub")]


def documented_bytes() -> bytes:
    """The hexadecimal block, without its explanations."""
    [block] = blocks("hex", of=WIRE)
    return bytes.fromhex(" ".join(line[:40] for line in block.text.splitlines()))


def on(broker: Mosquitto, words: list[str], *more: str) -> list[str]:
    """A command of the page, on our broker."""
    name, *rest = words
    return [
        program(name),
        *("127.0.0.1" if word == "localhost" else word for word in rest),
        "-p",
        str(broker.port),
        *more,
    ]


def test_its_commands_get_the_answers_that_it_shows(broker: Mosquitto, server: Server, tmp_path: Path) -> None:
    """It is the first thing that a maker of boxes tries."""
    [listen] = commands("mosquitto_sub")
    answers, _ = [block.text for block in blocks("json", of=WIRE)]
    heard = tmp_path / "heard"
    with heard.open("wb") as out:
        listener = subprocess.Popen([program("stdbuf"), "-oL", *on(broker, listen, "-d")], stdout=out)
    try:
        until(lambda: b"Subscribed" in heard.read_bytes(), 10, "the subscription")
        for count, words in enumerate(commands("mosquitto_pub"), start=1):
            subprocess.run(on(broker, words), check=True)
            until(lambda count=count: said(heard).count("\n") >= min(count, 3), 20, "the answer")
        assert said(heard) == answers
    finally:
        listener.terminate()
        listener.wait(10)
    until(lambda: server.api.get("/api/v1/vehicles/box-1").is_success, 10, "the vehicle")
    ask = {"from": "2026-11-22T00:00:00Z", "to": "2026-11-23T00:00:00Z"}
    assert server.api.get("/api/v1/vehicles/box-1/track", params=ask).json()["properties"]["count"] == 2
    [box] = [each for each in server.api.get("/api/v1/gateways").json()["items"] if each["id"] == "box-1"]
    assert (box["last_seq"], box["online"], box["status"]["version"]) == (3, True, "my-box 1.0")


def said(heard: Path) -> str:
    """The payloads that mosquitto_sub printed, without its own words."""
    lines = heard.read_text().splitlines(keepends=True)
    return "".join(line for line in lines if line.startswith("{"))


def test_a_message_that_nobody_can_read_is_found_where_it_says(broker: Mosquitto, server: Server) -> None:
    """Whoever's box is not answered looks there."""
    words = ["mosquitto_pub", "-h", "localhost", "-t", topic("box-9", "up"), "-m", '{"stream":"a1b2","records":"two"}']
    subprocess.run(on(broker, words), check=True)
    found = until(lambda: server.api.get("/api/v1/poison").json()["items"], 10, "the poison")
    assert found[0]["topic"] == topic("box-9", "up")
    assert found[0]["reason"]


@pytest.mark.parametrize(("where", "payload"), published())
def test_what_it_publishes_is_read(where: str, payload: str) -> None:
    """Also where no broker is installed."""
    read = {"up": decode.decode_up, "live": decode.decode_live, "status": decode.decode_status}
    leaf = where.rpartition("/")[2]
    up = read[leaf](payload.encode())
    if leaf == "up":
        assert all(other.known is not None for other in up.others)


def test_its_first_message_is_the_example_of_the_schema() -> None:
    """One example in three places has to be one."""
    assert json.loads(published()[0][1]) == examples.UP


def test_its_manifest_is_the_example_of_the_schema() -> None:
    """Whoever writes a server of their own copies it."""
    _, manifest = [block.text for block in blocks("json", of=WIRE)]
    assert json.loads(manifest) == examples.DOWN
    assert down.decode_down(manifest.encode()) == msgspec.convert(examples.DOWN["manifest"], messages.Manifest)


def test_its_bytes_are_those_of_the_codec() -> None:
    """An encoder in another language is written against these."""
    run = a_run(examples.UP)
    assert documented_bytes() == bytes([frames.PLAIN]) + frames.unframed(encode_up(run))
    assert decode.decode_up(documented_bytes()).positions() == decode.decode_up(encode_up_json(run)).positions()


def a_run(said: dict[str, Any]) -> messages.Run:
    records = tuple((record["seq"], msgspec.convert(record, messages.Position)) for record in said["records"])
    return messages.Run(**{**said, "records": records})


def test_it_names_every_topic_field_and_column() -> None:
    """A field that is not on the page is not part of the contract."""
    text = page(WIRE)
    for leaf in LEAVES:
        assert f"`milepost/v1/<gateway>/{leaf}`" in text
    for name in (*Body.__struct_fields__, *columns.NAMES):
        assert f"`{name}`" in text or f" `{name}`" in text, name
    rows = dict(re.findall(r"^\| (\d+) \| `(\w+)`", text, re.MULTILINE))
    assert tuple(rows.values()) == Body.__struct_fields__
    for kind in (
        messages.Position,
        messages.Sighting,
        messages.Scanner,
        messages.Sensor,
        messages.Event,
        messages.Manifest,
    ):
        for field in kind.__struct_fields__:
            assert f"`{field}`" in text, field


def test_its_numbers_are_those_of_the_code() -> None:
    """Limits drift; a page that is wrong about them is worse than none."""
    text = " ".join(page(WIRE).split())
    assert f"{frames.MAX_MESSAGE_BYTES // 1024} KiB, {frames.MAX_UNPACKED_BYTES // 2**20} MiB unpacked" in text
    assert f"{decode.MAX_ROWS:,} records" in text
    assert f"{down.MAX_TAGS:,} tags of up to {down.MAX_TAG_CHARACTERS} printable" in text
    assert messages.MAX_SEQ == 2**53 - 1
    assert f"{messages.MAX_FLAGS} words" in text
    assert f"at most {delivery.WINDOW} runs in flight" in text
    assert f"after {delivery.FIRST_TIMEOUT_S:g} s without progress" in text
    assert f"up to {delivery.LAST_TIMEOUT_S:g} s" in text
    assert f"every {delivery.PROBE_EVERY_S:g} s" in text
    modes, clocks = ", ".join(messages.MODES), ", ".join(messages.CLOCKS)
    assert modes in text
    assert clocks in text


def test_its_diagram_keeps_the_rule() -> None:
    """The drawing is what people remember."""
    last = 0
    for prev, seq_to, stored in ((0, 2, True), (4, 6, False), (2, 4, True), (4, 6, True)):
        assert delivery.accepts(last, prev, seq_to) is stored
        assert f"{prev} <= {last}" in page(WIRE)
        last = seq_to if stored else last
