"""Talking to InfluxDB 2: influxdb-client's connections, InfluxQL answers as tables, and failures in words.

Every request may be repeated without harm (points have keys), so the client repeats by itself what fails in passing.
InfluxQL as CSV, because a Flux pivot takes six times as long. Beware: InfluxQL answers a database that does not exist
with 200 and nothing, so whoever asks makes sure first that the bucket has its mapping.
"""

import gzip
import json
import logging
from typing import Any

import pyarrow as pa
import pyarrow.csv
import urllib3
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from server.store.telemetry.contract import TelemetryUnavailable
from server.store.telemetry.influx_address import InfluxAddress

log = logging.getLogger(__name__)
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # each try again; who asks says it once, in words

_CONNECT_MS, _ANSWER_MS = 5_000, 60_000
_BUSY = (429, 502, 503, 504)
_REMEDIES = {
    401: "it does not accept the token; put a valid one into the telemetry URL or its token_file",
    403: "the token may not do this; give it the right to read and write the bucket",
    404: "the organisation or the bucket does not exist; check the telemetry URL",
}


class InfluxMissing(TelemetryUnavailable):
    """The organisation or the bucket does not exist, or the token may not see it."""


class InfluxConnection:
    """A pool of connections to one server."""

    def __init__(self, address: InfluxAddress) -> None:
        self.address = address
        again = urllib3.Retry(
            total=3, backoff_factor=0.1, status_forcelist=_BUSY, allowed_methods=None, raise_on_status=False
        )
        self._client: Any = InfluxDBClient(
            url=address.url,
            token=address.token,
            org=address.org,
            timeout=(_CONNECT_MS, _ANSWER_MS),
            retries=again,
            connection_pool_maxsize=16,
        )

    def call(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """The body of the answer; raises TelemetryUnavailable, or ApiException for a request that cannot be right."""
        try:
            answer = self._client.api_client.call_api(
                path,
                method,
                query_params=list(query.items()),
                header_params={"Accept": "application/json", **(headers or {})},
                body=body,
                _preload_content=False,
                _return_http_data_only=True,
            )
        except ApiException as error:
            raise self._refused(error) from None
        except urllib3.exceptions.HTTPError as error:
            raise TelemetryUnavailable(f"{self.address} {_trouble(error)}; nothing is lost meanwhile.") from None
        found: bytes = answer.data
        return found

    def ask(self, method: str, path: str, query: dict[str, str], body: Any = None) -> Any:
        """The JSON that an administrative request answers."""
        return json.loads(self.call(method, path, query, body))

    def write(self, lines: bytes) -> None:
        """Write line protocol with times in ns; what is older than the bucket's retention is dropped by InfluxDB."""
        query = {"org": self.address.org, "bucket": self.address.bucket, "precision": "ns"}
        # Level 1: 36 instead of 24 bytes a position, in a tenth of the time that the client's own level 9 takes.
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        try:
            self.call("POST", "/api/v2/write", query, gzip.compress(lines, 1), headers)
        except TelemetryUnavailable as error:
            # The rest of the batch is stored; these would be refused for ever, and the bucket's owner wants them gone.
            if "outside retention policy" not in str(error):
                raise
            log.warning("InfluxDB drops positions that are older than its bucket keeps: %s", error)

    def select(self, database: dict[str, str], query: str, types: dict[str, pa.DataType], **values: str) -> pa.Table:
        """The answer to an InfluxQL query as a table of these columns; `time` is in ns."""
        asked = {**database, "q": query, "epoch": "ns", "params": json.dumps(values)}
        answer = self.call("GET", "/query", asked, headers={"Accept": "application/csv"})
        if not answer.strip():
            return pa.schema(list(types.items())).empty_table()
        if not answer.startswith(b"name,tags,"):
            raise TelemetryUnavailable(f"{self.address} broke off its answer: {answer[:200].decode(errors='replace')}")
        return pa.csv.read_csv(
            pa.py_buffer(answer),
            convert_options=pa.csv.ConvertOptions(
                column_types=types, include_columns=list(types), strings_can_be_null=True
            ),
        )

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _refused(self, error: ApiException) -> Exception:
        said = _message(error)
        if error.status == 400:  # a request that cannot be right is a mistake of ours
            return error
        if "field type conflict" in said:
            remedy = "another program writes into the bucket; give Milepost one of its own"
        elif "no space left" in said:
            # influxd 2.9 goes on refusing when there is space again, until it is started anew.
            remedy = "its disk is full; free some space there, then restart it. Nothing is lost, and writing goes on"
        else:
            remedy = _REMEDIES.get(int(error.status or 0), "it will be asked again")
        kind = InfluxMissing if error.status == 404 else TelemetryUnavailable
        return kind(f"{self.address}: {remedy}. ({error.status} {said})")


def _message(error: ApiException) -> str:
    """What the server said."""
    body = getattr(error, "body", None) or b""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return str(error.reason)


def _trouble(error: urllib3.exceptions.HTTPError) -> str:
    """What keeps us from talking to it, and what to do."""
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, urllib3.exceptions.SSLError):
        return f"is not trusted ({reason}); name the authority of its certificate in SSL_CERT_FILE"
    return f"does not answer ({type(error).__name__}); start it, or correct the telemetry URL"
