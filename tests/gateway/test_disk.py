"""The gateway's disk: full, damaged, too small. It says so, goes on, and loses nothing that it had accepted."""

from pathlib import Path

from tests.gateway.test_delivery import reconciled
from tests.support.brokers import Mosquitto
from tests.support.disks import a_small_disk, fill
from tests.support.gateways import GatewayProcess, Page, Talker, a_config, once
from tests.support.landing import Landing
from tests.support.waiting import until


def test_a_full_disk_is_said_and_costs_no_accepted_row(tmp_path: Path) -> None:
    """Somebody's log fills the card: the van must go on, and be whole again when there is room."""
    page = Page()
    with a_small_disk(tmp_path / "data", 4) as disk, Mosquitto(tmp_path) as broker, Landing(broker.port) as landing:
        config = a_config(tmp_path, broker.url, http={"listen": page.listen})
        with Talker(tmp_path) as talker, GatewayProcess(config, tmp_path) as gateway:
            until(lambda: len(landing.records("position")) > 10, 20, "positions")
            ballast = fill(disk)
            until(lambda: any("is full" in text for text in page.status().get("problems", ())), 60, "the problem")
            until(lambda: any("is full" in str(status.problems) for _, status in landing.statuses), 10, "its status")
            live = len(landing.live)
            until(lambda: len(landing.live) > live + 3, 10, "the live position, which needs no disk")
            until(lambda: page.status().get("held", 0) > 20, 20, "records held in memory")
            ballast.unlink()
            until(lambda: not page.status().get("problems") and page.status().get("held", 99) < 20, 30, "recovery")
            talker.hush()
            until(lambda: reconciled(gateway, landing), 30, "reconciliation")
        assert landing.kept.gaps == []
        at = [record["at"] for record in landing.records("position")]
        seconds = {text[11:19] for text in at}
        assert len(seconds) == len(at), "none was stored twice"
        told = len(at)
        assert told > 50


def test_a_damaged_outbox_is_replaced_and_its_rows_still_arrive(tmp_path: Path) -> None:
    """After an ignition cut the van drives on, and operations read what happened."""
    with Mosquitto(tmp_path) as broker, Talker(tmp_path) as talker:
        gateway = GatewayProcess(a_config(tmp_path, broker.url), tmp_path)
        with Landing(broker.port, answers=False) as deaf, gateway:
            until(lambda: deaf.messages and len(gateway.rows()) > 20, 20, "rows")
            gateway.stop()
        waiting = [row.fields["at"] for row in gateway.rows("position")]
        damaged = bytearray(gateway.outbox.read_bytes())
        damaged[:100] = bytes(100)
        gateway.outbox.write_bytes(damaged)
        with Landing(broker.port) as landing, gateway:
            until(lambda: len(landing.records("position")) > len(waiting), 20, "all rows")
            talker.hush()
        there = [record["at"] for record in landing.records("position")]
        assert set(waiting) <= set(there)
        assert once(landing.keys())
        assert [record["detail"]["found"] for record in landing.records("event") if record["event"] == "outbox_damaged"]
        assert list(gateway.outbox.parent.glob("outbox.damaged-*"))


def test_an_outbox_that_overflows_gives_up_the_oldest_and_the_server_knows(tmp_path: Path) -> None:
    """A hole is never silent: it is counted in the vehicle, and a gap at the server."""
    page = Page()
    with Mosquitto(tmp_path) as broker, Talker(tmp_path, every_s=0.001) as talker:
        config = a_config(
            tmp_path, broker.url, http={"listen": page.listen}, outbox={"max_mb": 1, "positions_percent": 1}
        )
        with GatewayProcess(config, tmp_path) as gateway:
            with Landing(broker.port, answers=False) as deaf:
                until(lambda: page.status().get("outbox", {}).get("dropped", 0) > 10, 40, "rows given up")
                talker.hush()
                assert deaf.kept.rows == []
            with Landing(broker.port) as landing:
                until(lambda: reconciled(gateway, landing), 60, "reconciliation")
                dropped = page.status()["outbox"]["dropped"]
                until(lambda: any(s.outbox and s.outbox.dropped for _, s in landing.statuses), 10, "the status")
        missing = sum(high - low + 1 for _, _, low, high in landing.kept.gaps)
        assert missing == dropped > 10
        assert landing.records("event"), "no event was among them"
