"""Telemetry in InfluxDB 2: one point a position, one series a vehicle.

InfluxDB sorts, compresses and expires by itself, so there is nothing to seal. The bucket is made when it is missing and
the token may. Points that share a millisecond come back in the order of their keys, repeats among them (influx_keys
says why), and are put into the one order of positions here.
"""

import logging
import threading
import time
from collections.abc import Collection
from datetime import UTC, date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from server.store.telemetry.contract import TelemetryUnavailable
from server.store.telemetry.heard import Heard
from server.store.telemetry.heard import stored as stored_heard
from server.store.telemetry.heard_influx import InfluxHeard
from server.store.telemetry.influx_address import InfluxAddress
from server.store.telemetry.influx_http import InfluxConnection, InfluxMissing
from server.store.telemetry.influx_keys import FAR_END_NS, FAR_START_NS, NS, PLAIN_END_MS, Newest
from server.store.telemetry.influx_lines import FAR_TIME, MEASUREMENT, lines
from server.store.telemetry.order import canonical, instants, last_of_buckets
from server.store.telemetry.schema import (
    DAY_MS,
    EARLIEST_MS,
    LATEST_MS,
    NUMBERS,
    SCHEMA,
    STORED,
    after_ms,
    bound_ms,
    checked_vehicle,
    day_of,
    day_start_ms,
    served,
    stored,
)

BATCH = 5_000
"""Lines in a request, as InfluxData advises."""

ASKED = 100
"""Vehicles in a query for their newest times, so that its URL stays short."""

_TYPES: dict[str, pa.DataType] = {"time": pa.int64()} | {name: STORED.field(name).type for name in (*NUMBERS, "flags")}
_FIELDS = ", ".join((*NUMBERS, "flags"))
_PLAIN = f"time >= 0 and time < {FAR_START_NS}"
_FAR = f"time >= {FAR_START_NS} and time < {FAR_END_NS}"

log = logging.getLogger(__name__)


class InfluxTelemetry:
    """The store behind one address."""

    def __init__(self, address: InfluxAddress) -> None:
        self._influx = InfluxConnection(address)
        self._address = address
        self._turn = threading.Lock()
        self._found: dict[str, str] = {}
        self._writing = threading.Lock()
        self._newest = Newest()
        self._heard = InfluxHeard(self._influx, self._database, self._delete)

    def write(self, batch: pa.RecordBatch | pa.Table) -> None:
        """See contract.Telemetry."""
        rows = stored(batch)
        vehicles = pc.unique(rows["vehicle"]).to_pylist()
        with self._writing:
            self._newest.learn(self._newest_of(self._newest.unknown(vehicles)))
            first = self._newest.first_of_their_time(rows, int(time.time() * 1000))
            try:
                for start in range(0, rows.num_rows, BATCH):
                    self._influx.write(lines(rows.slice(start, BATCH), first[start : start + BATCH]))
            except BaseException:
                self._newest.forget(vehicles)
                raise
            self._newest.wrote(rows, first)

    def write_heard(self, series: Heard, table: pa.Table) -> None:
        """See contract.Telemetry."""
        self._heard.write(series, stored_heard(series, table))

    def heard(self, series: Heard, start: datetime, end: datetime, **where: Collection[str]) -> pa.Table:
        """See contract.Telemetry."""
        return self._heard.rows(series, bound_ms(start), bound_ms(end), where)

    def track(self, vehicle: str, start: datetime, end: datetime) -> pa.Table:
        """See contract.Telemetry."""
        return self._track(vehicle, bound_ms(start), bound_ms(end))

    def downsampled(self, vehicle: str, start: datetime, end: datetime, every_s: int) -> pa.Table:
        """See contract.Telemetry."""
        return last_of_buckets(self.track(vehicle, start, end), every_s * 1000)

    def latest(self, vehicle: str, before: datetime | None = None) -> pa.Table:
        """See contract.Telemetry."""
        end_ms = LATEST_MS if before is None else bound_ms(before)
        newest = self._plain(vehicle, EARLIEST_MS, end_ms, "order by time desc limit 1")
        start_ms = int(instants(newest)[0]) if newest.num_rows else EARLIEST_MS
        found = self._track(vehicle, start_ms, end_ms)  # with what else that instant holds
        return found.slice(max(found.num_rows - 1, 0))

    def first_after(self, vehicle: str, at: datetime) -> pa.Table:
        """See contract.Telemetry."""
        start_ms = after_ms(at)
        oldest = self._plain(vehicle, start_ms, LATEST_MS, "order by time limit 1")
        end_ms = int(instants(oldest)[0]) + 1 if oldest.num_rows else LATEST_MS
        return self._track(vehicle, start_ms, end_ms).slice(0, 1)

    def days(self, vehicle: str) -> list[date]:
        """See contract.Telemetry."""
        where = f"vehicle = $vehicle and {_PLAIN}"
        query = f"select count(clock) from {MEASUREMENT} where {where} group by time(1d) fill(none)"  # noqa: S608
        counted = self._select(query, {"time": pa.int64()}, vehicle=vehicle)
        far = instants(self._far(vehicle)).tolist()
        return sorted({day_of(at_ms) for at_ms in [time // NS for time in counted["time"].to_pylist()] + far})

    def seal(self, before: date) -> int:
        """See contract.Telemetry."""
        del before
        return 0

    def retain(self, before: datetime) -> int:
        """See contract.Telemetry."""
        before_ms = bound_ms(before)
        gone = 0
        for vehicle, time_ns in self._far_before(before_ms):
            self._delete(f'vehicle="{vehicle}"', time_ns, time_ns + 1)
            gone += 1
        end_ns = min(before_ms, PLAIN_END_MS) * NS
        if end_ns > 0:
            query = f"select count(clock) from {MEASUREMENT} where time >= 0 and time < {end_ns}"  # noqa: S608
            counted: list[int] = self._select(query, {"count": pa.int64()})["count"].to_pylist()
            gone += sum(counted)
            self._delete(f'_measurement="{MEASUREMENT}"', 0, end_ns)
            self._heard.retain(end_ns)
        return gone

    def delete(self, vehicle: str) -> int:
        """See contract.Telemetry."""
        predicate = f'vehicle="{checked_vehicle(vehicle)}"'
        starts_ms = [day_start_ms(day) for day in self.days(vehicle)]
        gone: int = sum(self._track(vehicle, start_ms, start_ms + DAY_MS).num_rows for start_ms in starts_ms)
        self._delete(predicate, 0, FAR_END_NS)
        self._heard.forget(f"vehicle:{vehicle}")
        return gone

    def check(self) -> None:
        """See contract.Telemetry."""
        self._found = self._prepared()

    def close(self) -> None:
        """See contract.Telemetry."""
        self._influx.close()

    def _track(self, vehicle: str, start_ms: int, end_ms: int) -> pa.Table:
        found = self._plain(vehicle, start_ms, end_ms)
        if start_ms < 0 or end_ms > PLAIN_END_MS:
            far = self._far(vehicle)
            at_ms = instants(far)
            found = pa.concat_tables([found, far.filter(pa.array((at_ms >= start_ms) & (at_ms < end_ms)))])
        return canonical(found)

    def _plain(self, vehicle: str, start_ms: int, end_ms: int, rest: str = "") -> pa.Table:
        """The positions of a range, without those whose time is no time of a point."""
        start_ns, end_ns = max(start_ms, 0) * NS, min(end_ms, PLAIN_END_MS) * NS
        if start_ns >= end_ns:
            return SCHEMA.empty_table()
        where = f"vehicle = $vehicle and time >= {start_ns} and time < {end_ns}"
        query = f"select {_FIELDS} from {MEASUREMENT} where {where} {rest}"  # noqa: S608 - the vehicle is a parameter
        rows = self._select(query, _TYPES, vehicle=vehicle)
        return _of_vehicle(rows.append_column("at_ms", pc.divide(rows["time"], NS)), vehicle)

    def _far(self, vehicle: str) -> pa.Table:
        """The positions whose time stands in a field."""
        query = f"select {_FIELDS}, {FAR_TIME} from {MEASUREMENT} where vehicle = $vehicle and {_FAR}"  # noqa: S608
        return _of_vehicle(self._select(query, {**_TYPES, FAR_TIME: pa.int64()}, vehicle=vehicle), vehicle)

    def _far_before(self, before_ms: int) -> list[tuple[str, int]]:
        """Vehicle and point time (ns) of every position of that kind before a time."""
        query = f"select {FAR_TIME}, vehicle from {MEASUREMENT} where {_FAR}"  # noqa: S608
        rows = self._select(query, {"time": pa.int64(), FAR_TIME: pa.int64(), "vehicle": pa.string()})
        old = rows.filter(pc.less(rows[FAR_TIME], before_ms))
        return list(zip(old["vehicle"].to_pylist(), old["time"].to_pylist(), strict=True))

    def _newest_of(self, vehicles: list[str]) -> dict[str, int]:
        """The newest believable time (ms) that is stored of each vehicle, -1 for none."""
        self._database()
        now_ns = int(time.time() * 1000 + DAY_MS) * NS
        found = dict.fromkeys(vehicles, -1)
        for start in range(0, len(vehicles), ASKED):
            any_of = " or ".join(f"vehicle = '{vehicle}'" for vehicle in vehicles[start : start + ASKED])
            where = f"({any_of}) and time >= 0 and time < {now_ns}"
            query = f"select last(clock) from {MEASUREMENT} where {where} group by vehicle"  # noqa: S608
            rows = self._select(query, {"tags": pa.string(), "time": pa.int64()})
            tags = [tag.removeprefix("vehicle=") for tag in rows["tags"].to_pylist()]
            found |= dict(zip(tags, [at // NS for at in rows["time"].to_pylist()], strict=True))
        return found

    def _select(self, query: str, types: dict[str, pa.DataType], **values: str) -> pa.Table:
        return self._influx.select(self._database(), query, types, **values)

    def _delete(self, predicate: str, start_ns: int, end_ns: int) -> None:
        """Delete what the predicate says; for InfluxDB the end of a range belongs to it."""
        body = {"predicate": predicate, "start": _rfc3339(start_ns), "stop": _rfc3339(end_ns - 1)}
        query = {"org": self._address.org, "bucket": self._address.bucket}
        self._influx.call("POST", "/api/v2/delete", query, body)

    def _database(self) -> dict[str, str]:
        """The names by which InfluxQL knows the bucket; asked for once, because a server that is away has none."""
        with self._turn:
            self._found = self._found or self._prepared()
            return self._found

    def _prepared(self) -> dict[str, str]:
        """Make sure that the bucket is there, and with it the mapping that InfluxQL needs."""
        bucket_id = self._bucket()
        found = self._influx.ask("GET", "/api/v2/dbrps", {"org": self._address.org, "bucketID": bucket_id})["content"]
        if not found:
            raise TelemetryUnavailable(
                f"{self._address} has no InfluxQL mapping for the bucket. Make one: "
                f"influx v1 dbrp create --db {self._address.bucket} --rp autogen --default --bucket-id {bucket_id}"
            )
        return {"db": found[0]["database"], "rp": found[0]["retention_policy"]}

    def _bucket(self) -> str:
        """The id of the bucket, which is made when it is missing."""
        org, bucket = self._address.org, self._address.bucket
        try:
            found = self._influx.ask("GET", "/api/v2/buckets", {"org": org, "name": bucket})["buckets"]
        except InfluxMissing:
            found = []
        if found:
            return str(found[0]["id"])
        # A token for one bucket sees no organisation: then it could not make another bucket either.
        orgs = self._influx.ask("GET", "/api/v2/orgs", {"org": org})["orgs"]
        if not orgs:
            raise TelemetryUnavailable(
                f"{self._address}: the bucket does not exist, and the token may not make it. Make it "
                f"(influx bucket create --org {org} --name {bucket}), or take a token that may."
            )
        made = {"orgID": orgs[0]["id"], "name": bucket, "retentionRules": []}
        log.info("making the bucket %s", bucket)
        return str(self._influx.ask("POST", "/api/v2/buckets", {}, made)["id"])


def _of_vehicle(rows: pa.Table, vehicle: str) -> pa.Table:
    return served(rows.append_column("vehicle", pa.repeat(pa.scalar(vehicle), rows.num_rows)))


def _rfc3339(time_ns: int) -> str:
    second = datetime.fromtimestamp(time_ns // 1_000_000_000, UTC)
    return f"{second:%Y-%m-%dT%H:%M:%S}.{time_ns % 1_000_000_000:09d}Z"
