"""Receivers and a database for the tests of sending."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.settings import Alerts, Http, Settings, Smtp
from tests.support.alerting import Alerting
from tests.support.sinks import HttpSink, MailSink


@pytest.fixture
def mail() -> Iterator[MailSink]:
    with MailSink() as sink:
        yield sink


@pytest.fixture
def web() -> Iterator[HttpSink]:
    with HttpSink() as sink:
        yield sink


@pytest.fixture
def settings(mail: MailSink) -> Settings:
    """The mail server is the sink, and webhooks may go to this machine."""
    return Settings(
        http=Http(public_url="https://fleet.example"),
        smtp=Smtp(host="127.0.0.1", port=mail.port, tls="none", from_="Milepost <milepost@fleet.example>"),
        alerts=Alerts(time_zone="Europe/Helsinki", private_networks=["127.0.0.0/8"]),
    )


@pytest.fixture(scope="module")
def emptied_by_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alerting]:
    made = Alerting("", Path(tmp_path_factory.mktemp("notify")))
    yield made
    made.close()


@pytest.fixture
def alerting(emptied_by_hand: Alerting) -> Alerting:
    """With forty vans, and nothing else."""
    emptied_by_hand.empty()
    return emptied_by_hand
