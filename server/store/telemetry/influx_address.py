"""Where an InfluxDB is: `influxdb://TOKEN@host:port/ORG/BUCKET`; `influxdbs://` for TLS; or with `?token_file=PATH`.

The token is a secret: it is in no repr and in no message, and so neither is the URL that was given.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

PORT = 8086
FORM = "influxdb://TOKEN@host:8086/ORG/BUCKET or influxdb://host:8086/ORG/BUCKET?token_file=PATH"


@dataclass(frozen=True, kw_only=True)
class InfluxAddress:
    """What a URL names."""

    url: str
    org: str
    bucket: str
    token: str = field(repr=False)

    def __str__(self) -> str:
        return f"InfluxDB at {self.url} (organisation {self.org}, bucket {self.bucket})"


def parse(url: str) -> InfluxAddress:
    """The address in a URL; raises ValueError, without the token, when it is none."""
    parts = urlsplit(url)
    schemes = {"influxdb": "http", "influxdbs": "https"}
    if parts.scheme not in schemes:
        raise ValueError(f"a telemetry URL starts with influxdb:// or influxdbs://, as in {FORM}")
    path = [unquote(part) for part in parts.path.split("/")[1:]]
    if not parts.hostname or len(path) != 2 or not all(path):
        raise ValueError(f"the telemetry URL names no host, organisation and bucket; write {FORM}")
    try:
        port = parts.port or PORT
    except ValueError:
        raise ValueError(f"the port in the telemetry URL is no number; write {FORM}") from None
    unknown = set(options := parse_qs(parts.query)) - {"token_file"}
    if unknown:
        raise ValueError(f"the telemetry URL has an option that does not exist: {', '.join(sorted(unknown))}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return InfluxAddress(
        url=f"{schemes[parts.scheme]}://{host}:{port}",
        org=path[0],
        bucket=path[1],
        token=_token(unquote(parts.username or ""), options.get("token_file", [])),
    )


def _token(said: str, files: list[str]) -> str:
    if bool(said) == bool(files):
        raise ValueError(f"the telemetry URL needs one token, in itself or in a file; write {FORM}")
    if said:
        return said
    try:
        token = Path(files[0]).expanduser().read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ValueError(f"the token file {files[0]} cannot be read: {error.strerror}") from None
    if not token:
        raise ValueError(f"the token file {files[0]} is empty; write the token of InfluxDB into it")
    return token
