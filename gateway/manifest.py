"""The manifest that the server sent: the tags that matter today. Kept on disk through the ignition, until it ends.

A message that cannot be read changes nothing: a manifest of this morning is better than none. Only the retained message
of the broker, or a new one, changes it, and an empty one takes it away.
"""

import logging
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from gateway.outbox.file import synced
from wire.down import CLEARED, decode_down, encode_down
from wire.messages import Manifest, WireError

Changed = Callable[[], None]

log = logging.getLogger("manifest")


class Kept:
    """The manifest of this box. `hear` belongs to the event loop, `write` may run on the disk's thread."""

    def __init__(self, path: Path) -> None:
        """What was kept in this file, whatever it is."""
        self.changed: Changed = lambda: None
        self._path = path
        self._manifest = _read(path)

    def current(self, now: datetime) -> Manifest | None:
        """The manifest, while it counts. A clock that is behind makes it count longer, which does no harm."""
        return self._manifest if self._manifest is not None and now < self._manifest.until else None

    def hear(self, payload: bytes) -> None:
        """A message came down."""
        try:
            manifest = decode_down(payload)
        except WireError as error:
            log.warning("what came down cannot be read, and changes nothing: %s", error)
            return
        if manifest is None and payload != CLEARED:
            return  # it says something else, to a later version
        if manifest != self._manifest:
            self._manifest = manifest
            log.info("manifest %s", f"{manifest.version}: {len(manifest.tags)} tags" if manifest else "taken away")
            self.changed()

    def write(self) -> None:
        """Put it on disk as it is now; raises OSError."""
        if self._manifest is None:
            self._path.unlink(missing_ok=True)
        else:
            fresh = self._path.with_name(self._path.name + ".new")
            with fresh.open("wb") as file:
                file.write(encode_down(self._manifest))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        synced(self._path.parent)


def _read(path: Path) -> Manifest | None:
    try:
        return decode_down(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, WireError) as error:
        log.warning("the manifest in %s cannot be read, the server will send it again: %s", path, error)
        return None
