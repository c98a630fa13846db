"""What the server counts, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry()


class _Ingest:
    messages = Counter("milepost_messages", "MQTT messages handled", registry=REGISTRY)
    positions = Counter("milepost_positions", "Positions committed", registry=REGISTRY)
    others = Counter("milepost_records", "Other records committed, of known and unknown kinds", registry=REGISTRY)
    groups = Counter("milepost_groups", "Transactions of the ingest", registry=REGISTRY)
    poison = Counter("milepost_poison", "Messages set aside because nobody could read them", registry=REGISTRY)
    dropped = Counter(
        "milepost_dropped", "Messages dropped by a full queue; their gateways send again", registry=REGISTRY
    )
    refused = Counter("milepost_refused", "Gateways heard that nobody claimed", registry=REGISTRY)


INGEST = _Ingest()
