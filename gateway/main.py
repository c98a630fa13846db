"""The in-cab program, wired together: source -> recorder -> intake -> outbox -> sender -> link. Reads top to bottom."""

import asyncio
import fcntl
import logging
import os
import signal
import sqlite3
import sys
from datetime import datetime
from typing import TextIO

from gateway import report, systemd
from gateway.build import BUILT_ON, VERSION
from gateway.clock import Clock
from gateway.intake import Intake, in_words
from gateway.link import Link
from gateway.local import Page
from gateway.manifest import Kept
from gateway.outbox import Outbox
from gateway.outbox.box import quotas
from gateway.recorder import Recorder
from gateway.report import Parts
from gateway.settings import Settings
from gateway.sources.ble.source import BleSource
from gateway.sources.gnss import GnssSource
from gateway.sources.replay import ReplaySource
from gateway.uplink import Sender
from wire.encode import encode_status
from wire.messages import Status
from wire.topics import topic

log = logging.getLogger("gateway")

LAST_SENDING_S = 1.5
"""How long a gateway that ends waits for the server to have everything: what is left is sent after the next start."""


class StartError(Exception):
    """The gateway cannot start here. Says why, and what to do."""


async def run(settings: Settings) -> None:
    """Be a gateway until SIGTERM or SIGINT. The unexpected ends the program, and the supervisor starts it again."""
    stop, clock = _stop_signal(), Clock()
    started_at = clock.now()
    lock, outbox = _opened_outbox(settings, started_at)
    intake = Intake(outbox, settings.outbox, clock)
    status_topic = topic(settings.id, "status")
    offline = encode_status(Status(online=False))
    link = Link(settings.id, settings.broker, will=(status_topic, offline))
    recording = settings.replay is not None
    sender = Sender(settings.id, intake, link, settings.uplink, settings.live, time_comes=not recording)
    recorder = Recorder(settings.sampling, clock, intake, sender, recording=recording)
    source = _source(settings, recorder, intake, clock)
    manifest = Kept(settings.data_dir / "manifest.json")
    link.listen(topic(settings.id, "down"), manifest.hear)
    ble = BleSource(settings.ble, clock, manifest, put=recorder.put, event=recorder.event)
    page = Page(settings.http.listen)
    parts = Parts(
        id=settings.id,
        started_at=started_at,
        clock=clock,
        health=source.health,
        intake=intake,
        link=link,
        sender=sender,
        recorder=recorder,
        ble=ble,
        page_problem=lambda: page.problem,
    )
    page.show(parts)

    _tell_start(settings, outbox, recorder, intake)
    async with asyncio.TaskGroup() as group:
        group.create_task(intake.run(), name="outbox")
        tasks = [
            group.create_task(source.run(), name="source"),
            group.create_task(ble.run(), name="tags"),
            group.create_task(_manifest_kept(manifest, intake), name="manifest"),
            group.create_task(sender.run(), name="uplink"),
            group.create_task(link.run(), name="link"),
            group.create_task(report.reporting(parts), name="report"),
            group.create_task(page.run(), name="page"),
            group.create_task(_watched(parts), name="watchdog"),
        ]
        systemd.notify("READY=1", "STATUS=running")
        await stop.wait()
        systemd.notify("STOPPING=1")
        log.info("stopping")
        recorder.flush()
        intake.hurry()
        await sender.delivered(LAST_SENDING_S)
        await link.goodbye(status_topic, offline)
        for task in tasks:
            task.cancel()
        intake.end()
    recorder.flush()
    await intake.close()
    lock.close()


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def _tell_start(settings: Settings, outbox: Outbox, recorder: Recorder, intake: Intake) -> None:
    if outbox.problem:
        log.error(outbox.problem)
        recorder.event("outbox_damaged", found=outbox.problem)
    recorder.event("started", version=VERSION)
    log.info("gateway %s %s: %d rows wait in %s", settings.id, VERSION, intake.totals.waiting, outbox.path)


async def _manifest_kept(manifest: Kept, intake: Intake) -> None:
    """Write the manifest down whenever it changes; on a full disk it is what the broker keeps for us."""
    changed = asyncio.Event()
    manifest.changed = changed.set
    while True:
        await changed.wait()
        changed.clear()
        try:
            await intake.on_disk(manifest.write)
        except OSError as error:
            log.warning("the manifest cannot be written: %s", error.strerror)


def _source(settings: Settings, recorder: Recorder, intake: Intake, clock: Clock) -> GnssSource | ReplaySource:
    """Where fixes come from."""
    if settings.replay is not None:
        return ReplaySource(settings.replay, recorder.heard, intake.room, clock.now)
    assert settings.gnss is not None
    return GnssSource(settings.gnss, BUILT_ON, recorder.heard)


def _opened_outbox(settings: Settings, now: datetime) -> tuple[TextIO, Outbox]:
    """The outbox, and the lock that keeps a second gateway from it for as long as it is open."""
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"{folder} is used by another gateway: stop that one, or write another data_dir") from None
        return lock, Outbox.opened(folder / "outbox.sqlite", quotas(settings.outbox), now)
    except OSError as error:
        raise StartError(f"{folder} cannot be used: {error.strerror}; write a data_dir that this user owns") from None
    except sqlite3.OperationalError as error:
        raise StartError(f"the outbox cannot be opened: {in_words(error)}") from None


async def _watched(parts: Parts) -> None:
    """Feed systemd's watchdog while every part is alive; say so when one is not, and let systemd end us."""
    every_s = systemd.watchdog_s()
    loop = asyncio.get_running_loop()
    await asyncio.sleep(0)
    while True:
        hanging = report.stuck(parts, loop.time())
        if hanging:
            log.error("these parts hang: %s", ", ".join(hanging))
        else:
            waiting = parts.intake.totals.waiting
            link = "connected" if parts.link.connected else "offline"
            systemd.notify("WATCHDOG=1", f"STATUS=receiver {parts.health.state}, {link}, {waiting} rows wait")
        await asyncio.sleep(min(every_s or 10.0, 10.0))


def logging_to_stderr(*, verbose: bool = False) -> None:
    """Plain lines; the journal adds the time when systemd runs us, so it is left out there."""
    form = "%(levelname)s %(name)s: %(message)s"
    if "JOURNAL_STREAM" not in os.environ:
        form = "%(asctime)s " + form
    logging.basicConfig(stream=sys.stderr, level=logging.DEBUG if verbose else logging.INFO, format=form)
