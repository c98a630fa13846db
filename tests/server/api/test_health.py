"""Health, readiness and metrics of a server that is well; what they say when it is not stands in tests/e2e."""

import httpx

from tests.support.servers import Server


def test_health_and_readiness_are_open(anybody: httpx.Client) -> None:
    """A load balancer has no key."""
    assert anybody.get("/api/v1/health").json() == {"status": "ok"}
    said = anybody.get("/api/v1/ready")
    assert (said.status_code, said.headers["Cache-Control"]) == (200, "no-store")
    assert said.json()["ready"] is True
    assert said.json()["parts"].keys() == {"broker", "database", "telemetry", "writer", "disk"}


def test_metrics_count_what_was_committed(server: Server) -> None:
    """Prometheus' text format; whoever scrapes has a key."""
    answer = server.api.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    counted = {line.split()[0]: line.split()[1] for line in answer.text.splitlines() if not line.startswith("#")}
    assert float(counted["milepost_positions_total"]) >= 370
    assert float(counted["milepost_streams"]) == 0


def test_about_names_the_parts(server: Server) -> None:
    """What somebody who asks for help is asked first."""
    said = server.get("about")
    assert said["parts"]["broker"] == "mosquitto"
    assert said["parts"]["telemetry"] == "duckdb"
    assert said["parts"]["database"].startswith("sqlite 3.")
