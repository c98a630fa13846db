"""docs/installers-guide.md names what a real gateway says about itself."""

import re
from pathlib import Path
from typing import Any, get_args

from gateway.outbox.quota import FIRST_TO_GO
from gateway.report import STUCK_S
from gateway.settings import Outbox as OutboxSettings
from gateway.settings import Sampling
from gateway.sources.ble.tags import MOST_TAGS
from gateway.sources.ble.watch import Patience
from gateway.sources.ble.watch import State as RadioState
from gateway.sources.health import State
from tests.docs.pages import page
from tests.support.brokers import Mosquitto
from tests.support.gateways import GatewayProcess, Page, a_config
from tests.support.waiting import until
from wire.messages import Outbox, Radio, Receiver

INSTALLERS = "docs/installers-guide.md"


def first_column(heading: str) -> list[str]:
    """The names in the first column of the table with this head."""
    table = page(INSTALLERS).split(f"| {heading} | ")[1].split("\n\n")[0]
    return [name for row in table.splitlines()[2:] for name in re.findall(r"`([\w.]+)`", row.split("|")[1])]


def test_the_status_has_what_the_page_looks_for(broker: Mosquitto, tmp_path: Path) -> None:
    """An installer stands in the rain and looks for a word that has to be there."""
    here, optional = Page(), {f"outbox.{name}" for name in Outbox.__struct_fields__}
    optional |= {f"receiver.{name}" for name in Receiver.__struct_fields__}
    config = a_config(tmp_path, broker.url, http={"listen": here.listen})
    names = first_column("in the status | good")
    assert len(names) > 8
    with GatewayProcess(config, tmp_path):
        status: dict[str, Any] = until(here.status, 20, "the gateway's page")
        for name in names:
            outer, _, inner = name.partition(".")
            # What is as usual is left out of the status: then the struct says that it exists.
            assert name in optional or (inner in status[outer] if inner else outer in status | {"problems": []}), name
        assert here.get("/health")
        assert "milepost_gateway" in here.get("/metrics")


def test_every_state_of_the_receiver_is_explained() -> None:
    """The one that is not on the page is the one that the van is in."""
    assert set(first_column("`receiver.state` | meaning")) == set(get_args(State)) - {"replay"}


def test_every_state_and_figure_of_a_radio_is_explained() -> None:
    """As with the receiver: the van is always in the state that nobody wrote down."""
    assert set(first_column("`state` of a radio | meaning")) == set(get_args(RadioState))
    assert set(first_column("in `radios` of the status | good")) == set(Radio.__struct_fields__) - {"adapter"}


def test_its_numbers_are_those_of_the_code() -> None:
    """Tolerance, port, patience: people set up by them."""
    text = " ".join(page(INSTALLERS).split())
    assert f"within {Sampling().tolerance_m:g} m" in text
    assert f"{OutboxSettings().history_h:g} h" in page("docs/operators-guide.md")
    assert STUCK_S == 45
    assert "three quarters of a minute" in text
    assert (Patience().restart_after_s, Patience().reset_after_s) == (60, 90)
    assert "silent for a minute gets a new scan, after a minute and a half" in text
    assert f"up to {MOST_TAGS}" in text
    assert FIRST_TO_GO == ("position", "sensor", "sighting", "scanner")
