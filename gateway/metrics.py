"""What Prometheus scrapes: the counters of the parts, read when asked."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from gateway.report import Parts, problems, totals
from gateway.sources.health import WORKS

Family = CounterMetricFamily | GaugeMetricFamily


class _Gateway(Collector):
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Family]:
        """The families, now."""
        parts, outbox = self._parts, totals(self._parts)
        sent, health = parts.sender.sent, parts.health
        yield _gauge("connected", "Whether the broker is connected.", parts.link.connected)
        yield _gauge("receiver_works", "Whether the receiver speaks.", health.state in WORKS)
        yield _gauge("receiver_satellites", "Satellites in use.", (health.fix and health.fix.satellites) or 0)
        yield _gauge("outbox_waiting_rows", "Rows that the server has not acknowledged.", outbox.waiting)
        yield _gauge("outbox_bytes", "Size of all rows, history included.", outbox.bytes)
        yield _gauge("outbox_held_rows", "Rows in memory that are not on disk yet.", parts.intake.held)
        yield _gauge("problems", "How many things a person should look at.", len(problems(parts)))
        yield _counter("outbox_dropped_rows", "Rows given up for space.", outbox.dropped)
        yield _counter("outbox_put_rows", "Rows made durable.", parts.intake.put_total)
        yield _counter("fixes", "Fixes heard.", health.fixes)
        yield _counter("positions", "Fixes with a position.", parts.recorder.positions)
        yield _counter("positions_kept", "Positions worth keeping.", parts.recorder.kept)
        yield _gauge("adapters_scanning", "Bluetooth adapters that hear tags.", _scanning(parts))
        yield _counter("adverts", "Adverts of tags heard.", parts.ble.adverts)
        yield _counter("sightings", "Tags in a window, recorded.", parts.ble.sightings)
        yield _counter("adverts_refused", "Adverts that were not believed.", sum(parts.ble.tags.refused.values()))
        yield _counter("sent_messages", "Messages of rows sent.", sent.messages)
        yield _counter("sent_rows", "Rows sent, repeats included.", sent.rows)
        yield _counter("sent_bytes", "Bytes of these messages.", sent.bytes)
        yield _counter("sent_live", "Newest positions sent.", sent.live)
        yield _counter("acks", "Acknowledgements heard.", sent.acks)
        yield _counter("connects", "Connections made.", parts.link.connects)
        refused = CounterMetricFamily(
            "milepost_gateway_refused", "What the receiver said and nobody can use.", labels=["reason"]
        )
        for reason, times in health.refused.items():
            refused.add_metric([reason], times)
        yield refused


def _scanning(parts: Parts) -> int:
    return sum(radio.state == "scanning" for radio in parts.ble.radios())


def in_prometheus_form(parts: Parts) -> str:
    """The text that Prometheus reads."""
    registry = CollectorRegistry()
    registry.register(_Gateway(parts))
    return generate_latest(registry).decode()


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"milepost_gateway_{name}", says, value=float(value))


def _counter(name: str, says: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"milepost_gateway_{name}", says, value=float(value))
