"""The URL of an InfluxDB: what it may say, and that its secret stays one."""

from pathlib import Path

import pytest

from server.store.telemetry import open_telemetry
from server.store.telemetry.influx_address import InfluxAddress, parse


def test_a_url_names_server_organisation_bucket_and_token() -> None:
    """One line of configuration is all it takes."""
    assert parse("influxdb://se%2Fcret==@db.example:8087/my%20fleet/positions") == InfluxAddress(
        url="http://db.example:8087", org="my fleet", bucket="positions", token="se/cret=="
    )
    assert parse("influxdbs://t@[::1]/o/b").url == "https://[::1]:8086"


def test_the_token_may_be_in_a_file(tmp_path: Path) -> None:
    """Secrets come from files that the configuration names."""
    (tmp_path / "token").write_text("secret\n")
    assert parse(f"influxdb://db/o/b?token_file={tmp_path}/token").token == "secret"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://secret@db/o/b", "starts with influxdb://"),
        ("influxdb://secret@db/o", "no host, organisation and bucket"),
        ("influxdb://secret@/o/b", "no host, organisation and bucket"),
        ("influxdb://secret@db:many/o/b", "port .* is no number"),
        ("influxdb://db/o/b", "needs one token"),
        ("influxdb://secret@db/o/b?token_file=x", "needs one token"),
        ("influxdb://db/o/b?token_file=/not/there", "/not/there cannot be read"),
        ("influxdb://secret@db/o/b?tokenfile=x", "option that does not exist: tokenfile"),
    ],
)
def test_a_url_that_cannot_be_right_is_refused_in_words(url: str, said: str, tmp_path: Path) -> None:
    """A mistake in the configuration is found at the start, and its message goes to a log."""
    with pytest.raises(ValueError, match=said) as caught:
        open_telemetry(url, tmp_path)
    assert "secret" not in str(caught.value)


def test_the_token_is_in_no_representation() -> None:
    """Tracebacks and debuggers print objects."""
    address = parse("influxdb://secret@db/o/b")
    assert "secret" not in f"{address!r} {address}"
