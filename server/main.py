"""Starts and stops the server: one function that reads top to bottom."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

import msgspec
import uvicorn
from fastapi import FastAPI

from server import alerting
from server.announcing import announce
from server.api.app import build_app
from server.api.parts import Parts
from server.broker import start_broker
from server.custody import Custody, Heard
from server.domain.engine.rules import BATTERY, Rules
from server.ingest.mqtt import Mqtt
from server.ingest.writer import Writer
from server.live import Hub
from server.manifests import Manifests
from server.map.matching import open_roads
from server.map.problems import MapError
from server.notify.sender import Sender
from server.oidc import Provider
from server.reports.sending import send_due_reports
from server.road_limits import match_trips
from server.said import told
from server.settings import Settings, address, url_of
from server.silence import Silence
from server.store import accounts, alert_rules
from server.store.database import Database
from server.store.telemetry import Telemetry, open_telemetry
from server.ticker import Beat, Ticker

log = logging.getLogger("milepost")
HOUSEKEEPING_S = 3600.0
BACKLOG = 1024


def serve(settings: Settings) -> None:
    """Run until a signal says stop. Raises ValueError, RuntimeError, OSError and *Unavailable with what to do."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        web = stack.enter_context(_listening(*address(settings.http.listen)))
        broker_name = settings.broker.url.partition("://")[0]
        if not settings.broker.url:
            host, port = address(settings.broker.listen)
            broker = start_broker(host, port, settings.data / "broker")
            stack.callback(broker.stop)
            broker_name = broker.name
            at = msgspec.structs.replace(settings.broker, url=url_of("mqtt", settings.broker.listen))
            settings = msgspec.structs.replace(settings, broker=at)
        database = Database(settings.database.url, settings.data)
        stack.callback(database.close)
        telemetry = open_telemetry(settings.telemetry.url, settings.data)
        stack.callback(telemetry.close)
        hub = Hub()
        writer = Writer(
            database,
            telemetry,
            hub,
            lambda answer: mqtt.answer(answer),  # noqa: PLW0108 - the two know each other
            accept_unclaimed=settings.accept_unclaimed,
            on_fault=lambda: os.kill(os.getpid(), signal.SIGTERM),
            rules=Rules(ranges=(*settings.sensors, BATTERY)),
        )
        mqtt = Mqtt(settings.broker, writer.put)
        stack.enter_context(_kept_house(telemetry, settings.telemetry.keep_days))
        oidc = Provider(settings.oidc) if settings.oidc.issuer else None
        if oidc:
            stack.callback(oidc.close)
        parts = Parts(
            settings=settings,
            database=database,
            telemetry=telemetry,
            hub=hub,
            troubles={"broker": lambda: mqtt.trouble, "writer": lambda: writer.trouble},
            broker_name=broker_name,
            version=version("milepost"),
            oidc=oidc,
        )
        _welcome(settings, database)
        sender = Sender(database, settings, _now)
        stack.callback(sender.stop)
        tickers = [
            Ticker(_beats(parts, sender), _now),
            Ticker([_reports(parts)], _now),
            Ticker([_manifests(parts, mqtt)], _now),
            Ticker(_road_limits(parts), _now),
            Ticker([_custody(parts)], _now),
        ]
        for ticker in tickers:
            stack.callback(ticker.stop)
        asyncio.run(_serve(parts, writer, mqtt, tickers, web))
        if writer.failed:
            raise RuntimeError("the part that commits ended by a fault of ours; the lines above say which")


def _beats(parts: Parts, sender: Sender) -> list[Beat]:
    """What time brings, in the order of its doing."""
    listens = parts.troubles["writer"]
    silence = Silence(
        parts.database,
        silent_after_s=parts.settings.alerts.silent_after_s,
        listens=lambda: not listens(),
        since=_now(),
    )

    def tell_silence(now: datetime) -> None:
        changes, alerts = silence.beat(now)
        for change in changes:
            parts.hub.publish("fact", told(change))
        announce(parts.hub, alerts)

    def let_alerts_age(now: datetime) -> None:
        with parts.database.reading() as connection:
            is_due = alerting.is_due(connection, now)
        if is_due:
            with parts.database.writing() as connection:
                alerts = alerting.due(connection, now)
            announce(parts.hub, alerts)

    return [
        Beat(name="silence of gateways", every_s=5.0, work=tell_silence),
        Beat(name="alerts by time", every_s=1.0, work=let_alerts_age),
        Beat(name="messages", every_s=1.0, work=sender.beat),
    ]


def _reports(parts: Parts) -> Beat:
    """Reports by mail: a ticker of their own, because making one and sending it takes seconds."""

    def send(now: datetime) -> None:
        send_due_reports(parts.database, parts.telemetry, parts.settings, now)

    return Beat(name="reports by mail", every_s=10.0, work=send)


def _manifests(parts: Parts, mqtt: Mqtt) -> Beat:
    """Which tags matter today: a ticker of its own, because a large plan takes a second to read."""
    handing = Manifests(parts.database, mqtt.hand_down, accept_unclaimed=parts.settings.accept_unclaimed)

    def hand_out(now: datetime) -> None:
        if not mqtt.trouble:  # what waits in a client that is not connected piles up
            handing.beat(now)

    return Beat(name="manifests", every_s=5.0, work=hand_out)


def _road_limits(parts: Parts) -> list[Beat]:
    """Limits of roads: a ticker of their own, because matching a trip takes a while; none without a map."""
    try:
        roads = open_roads(parts.settings.map.dir)
    except MapError as error:
        level = logging.WARNING if parts.settings.map.dir else logging.INFO  # who has no map asked for none
        log.log(level, "speeding by the limits of roads is off: %s", error)
        return []

    def match(now: datetime) -> None:
        changes, alerts = match_trips(parts.database, parts.telemetry, roads.match, now)
        for change in changes:
            parts.hub.publish("fact", told(change))
        announce(parts.hub, alerts)

    return [Beat(name="limits of roads", every_s=1.0, work=match)]


def _custody(parts: Parts) -> Beat:
    """Where packages are believed to be: a ticker of its own, because working late data through takes a while."""
    custody = Custody(parts.database, parts.telemetry, keep_days=parts.settings.telemetry.keep_days)

    def publish(heard: Heard) -> None:
        for change in heard.changes:
            parts.hub.publish("fact", told(change))
        announce(parts.hub, heard.alerts)
        for news in heard.beliefs:
            parts.hub.publish("custody", news)

    return Beat(name="custody", every_s=1.0, work=lambda now: custody.beat(now, publish))


def _now() -> datetime:
    return datetime.now(UTC)


async def _serve(parts: Parts, writer: Writer, mqtt: Mqtt, tickers: list[Ticker], web: socket.socket) -> None:
    """The web server and everything that lives as long as it does."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.hub.open(first_id=int(time.time() * 1000))
        writer.start()
        mqtt.start()
        for ticker in tickers:
            ticker.start()
        try:
            yield
        finally:
            for ticker in tickers:
                await asyncio.to_thread(ticker.stop)
            await asyncio.to_thread(writer.stop)  # its last Acks go out before we say goodbye
            await asyncio.to_thread(mqtt.stop)

    config = uvicorn.Config(
        build_app(parts, lifespan),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        proxy_headers=bool(parts.settings.http.proxy),
        forwarded_allow_ips=parts.settings.http.proxy,
        server_header=False,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        parts.hub.close()  # uvicorn would wait for open streams for ever
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve([web])


class _Server(uvicorn.Server):
    """uvicorn with its signals left to us: it would raise them again before the broker and the stores are closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The socket of the pages and the API, taken first: a taken port is the commonest mistake."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as web:
        web.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            web.bind((host, port))
        except OSError as error:
            raise RuntimeError(
                f"port {port} on {host} cannot be used for the pages ({error.strerror}); set [http] listen to another"
            ) from None
        web.listen(BACKLOG)
        yield web


@contextlib.contextmanager
def _kept_house(telemetry: Telemetry, keep_days: int) -> Iterator[None]:
    """Seal past days and drop what is too old, once an hour. What a stop interrupts is done at the next start."""
    stopping = threading.Event()

    def keep() -> None:
        while not stopping.is_set():
            now = datetime.now(UTC)
            try:
                telemetry.seal(now.date() + timedelta(days=1))  # today as well, so that its tracks are read as fast
                if keep_days:
                    midnight = now.replace(
                        hour=0, minute=0, second=0, microsecond=0
                    )  # whole days go without rewriting any
                    telemetry.retain(midnight - timedelta(days=keep_days))
            except Exception:
                if not stopping.is_set():
                    log.exception("housekeeping failed; it is tried again in an hour")
            stopping.wait(HOUSEKEEPING_S)

    thread = threading.Thread(target=keep, name="housekeeping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(1)


def _welcome(settings: Settings, database: Database) -> None:
    """Say where the server is, and how to get in the first time."""
    with database.writing() as connection:
        password = accounts.first_admin(connection, datetime.now(UTC))
        alert_rules.first_rules(connection, datetime.now(UTC))
    say = sys.stderr.write
    say(f"Milepost {version('milepost')} serves {settings.http.public_url or url_of('http', settings.http.listen)}\n")
    say(f"Gateways connect to {settings.broker.url}\n")
    say(f"Everything is kept in {Path(settings.data_dir).resolve()}\n")
    if password is not None:
        say(
            f"\nSign in for the first time as  admin  with the one-time password  {password}\n"
            "It is not shown again; replace it by your own once you are in.\n\n"
        )
    sys.stderr.flush()
