"""Starts and stops the server: one function that reads top to bottom."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
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
from server.settings import Settings, address
from server.store import accounts
from server.store.database import Database
from server.store.telemetry import Telemetry, open_telemetry

log = logging.getLogger("milepost")
HOUSEKEEPING_S = 3600.0


def serve(settings: Settings) -> None:
    """Run until a signal says stop. Raises ValueError, RuntimeError and *Unavailable with what to do."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        broker_name = settings.broker.url
        if not settings.broker.url:
            host, port = address(settings.broker.listen)
            broker = start_broker(host, port, settings.data / "broker")
            stack.callback(broker.stop)
            broker_name = broker.name
            at = msgspec.structs.replace(settings.broker, url=f"mqtt://{host}:{port}")
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
        parts = Parts(
            settings=settings,
            database=database,
            telemetry=telemetry,
            hub=hub,
            troubles={"broker": lambda: mqtt.trouble, "writer": lambda: writer.trouble},
            broker_name=broker_name.partition("://")[0] if "://" in broker_name else broker_name,
            version=version("milepost"),
        )
        _welcome(settings, database)
        asyncio.run(_serve(parts, writer, mqtt))


async def _serve(parts: Parts, writer: Writer, mqtt: Mqtt) -> None:
    """The web server and everything that lives as long as it does."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        parts.hub.open(first_id=int(time.time() * 1000))
        writer.start()
        mqtt.start()
        keeping = asyncio.create_task(_keep_house(parts.telemetry, parts.settings.telemetry.keep_days))
        try:
            yield
        finally:
            keeping.cancel()
            mqtt.stop()
            await asyncio.to_thread(writer.stop)

    host, port = address(parts.settings.http.listen)
    config = uvicorn.Config(
        build_app(parts, lifespan),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
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
    await server.serve()
    if writer.trouble:
        log.warning("stopped while %s", writer.trouble)


class _Server(uvicorn.Server):
    """uvicorn with its signals left to us: it would raise them again before the broker and the stores are closed."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _keep_house(telemetry: Telemetry, keep_days: int) -> None:
    """Seal past days and drop what is too old, once an hour."""
    while True:
        today = datetime.now(UTC).date()
        try:
            await asyncio.to_thread(telemetry.seal, today)
            if keep_days:
                await asyncio.to_thread(telemetry.retain, datetime.now(UTC) - timedelta(days=keep_days))
        except Exception:
            log.exception("housekeeping failed; it is tried again in an hour")
        await asyncio.sleep(HOUSEKEEPING_S)


def _welcome(settings: Settings, database: Database) -> None:
    """Say where the server is, and how to get in the first time."""
    with database.writing() as connection:
        password = accounts.first_admin(connection, datetime.now(UTC))
    url = settings.http.public_url or f"http://{settings.http.listen}"
    sys.stderr.write(f"Milepost {version('milepost')} serves {url}\n")
    sys.stderr.write(f"Gateways connect to {settings.broker.url}\n")
    sys.stderr.write(f"Everything is kept in {Path(settings.data_dir).resolve()}\n")
    if password is not None:
        sys.stderr.write(
            f"\nSign in for the first time as  admin  with the one-time password  {password}\n"
            "It is not shown again; you are asked for your own at sign-in.\n\n"
        )
    sys.stderr.flush()
