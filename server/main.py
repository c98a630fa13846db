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

from server.api.app import build_app
from server.api.parts import Parts
from server.broker import start_broker
from server.ingest.mqtt import Mqtt
from server.ingest.writer import Writer
from server.live import Hub
from server.settings import Settings, address, url_of
from server.store import accounts
from server.store.database import Database
from server.store.telemetry import Telemetry, open_telemetry

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
        )
        mqtt = Mqtt(settings.broker, writer.put)
        stack.enter_context(_kept_house(telemetry, settings.telemetry.keep_days))
        parts = Parts(
            settings=settings,
            database=database,
            telemetry=telemetry,
            hub=hub,
            troubles={"broker": lambda: mqtt.trouble, "writer": lambda: writer.trouble},
            broker_name=broker_name,
            version=version("milepost"),
        )
        _welcome(settings, database)
        asyncio.run(_serve(parts, writer, mqtt, web))
        if writer.failed:
            raise RuntimeError("the part that commits ended by a fault of ours; the lines above say which")


async def _serve(parts: Parts, writer: Writer, mqtt: Mqtt, web: socket.socket) -> None:
    """The web server and everything that lives as long as it does."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.hub.open(first_id=int(time.time() * 1000))
        writer.start()
        mqtt.start()
        try:
            yield
        finally:
            await asyncio.to_thread(writer.stop)  # its last Acks go out before we say goodbye
            await asyncio.to_thread(mqtt.stop)

    config = uvicorn.Config(
        build_app(parts, lifespan),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        proxy_headers=False,
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
