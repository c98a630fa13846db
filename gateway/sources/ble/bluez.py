"""BlueZ as far as a scanner needs it besides scanning: which adapters there are, and their power. Over D-Bus.

Everything is asked anew each time: what was told once may have been told by a bluetoothd that is dead. A question that
is not answered within a few seconds is trouble as well.
"""

import asyncio
import contextlib
import re
from dataclasses import dataclass
from typing import Any

from bleak.backends.bluezdbus.manager import get_global_bluez_manager
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.errors import AuthError, InvalidAddressError

from gateway.sources.ble.watch import Seen

NO_BUS = "there is no D-Bus to reach Bluetooth by: install dbus and bluez, and start both"
NO_BLUEZ = "BlueZ does not run: install bluez, and start it with systemctl enable --now bluetooth"
NO_ADAPTER = "there is no Bluetooth adapter: plug one in, or enable the one of the board"
DENIED = "the gateway's user may not use Bluetooth: add it to the group bluetooth, and restart the gateway"
_ADAPTER = "org.bluez.Adapter1"
_NODE = re.compile(r'<node name="(hci\d+)"')


class TroubleError(Exception):
    """BlueZ cannot be asked, or said no. Says why, and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """An adapter that there is."""

    address: str
    seen: Seen


class Bluez:
    """A connection to the bus, that is made anew whenever it has to be."""

    def __init__(self, answer_within_s: float) -> None:
        self._answer_within_s = answer_within_s
        self._bus: MessageBus | None = None
        self._lock = asyncio.Lock()

    async def adapters(self) -> list[Known]:
        """The adapters that there are now, in the order of their names; raises TroubleError when nobody can say."""
        said = await self._ask("/org/bluez", "org.freedesktop.DBus.Introspectable", "Introspect")
        found = []
        for name in sorted(_NODE.findall(said[0])):
            with contextlib.suppress(_GoneError):
                [raw] = await self._ask(
                    f"/org/bluez/{name}", "org.freedesktop.DBus.Properties", "GetAll", "s", [_ADAPTER]
                )
                properties = {key: value.value for key, value in raw.items()}
                seen = Seen(name=name, powered=properties["Powered"], discovering=properties["Discovering"])
                found.append(Known(address=str(properties["Address"]).upper(), seen=seen))
        return found

    async def power(self, name: str, *, on: bool) -> None:
        """Switch an adapter's power; raises TroubleError."""
        body = [_ADAPTER, "Powered", Variant("b", on)]
        await self._ask(f"/org/bluez/{name}", "org.freedesktop.DBus.Properties", "Set", "ssv", body)

    def close(self) -> None:
        """Let the connection go."""
        bus, self._bus = self._bus, None
        if bus is not None:
            bus.disconnect()

    async def _ask(self, path: str, interface: str, member: str, signature: str = "", body: Any = ()) -> list[Any]:
        """A call to bluetoothd, and what it answered."""
        message = Message(
            destination="org.bluez", path=path, interface=interface, member=member, signature=signature, body=list(body)
        )
        try:
            async with asyncio.timeout(self._answer_within_s):
                bus = await self._connected()
                answer = await bus.call(message)
        except TimeoutError:
            self.close()
            raise TroubleError(f"BlueZ does not answer: {NO_BLUEZ}") from None
        except AuthError:
            raise TroubleError(DENIED) from None
        except (OSError, EOFError, InvalidAddressError):
            self.close()
            raise TroubleError(NO_BUS) from None
        if answer.message_type is MessageType.ERROR:
            raise _refused(answer.error_name or "", str(answer.body[0]) if answer.body else "")
        return list(answer.body)

    async def _connected(self) -> MessageBus:
        async with self._lock:
            if self._bus is None or not self._bus.connected:
                self.close()
                bus = MessageBus(bus_type=BusType.SYSTEM)
                try:
                    await bus.connect()
                except BaseException:
                    bus.disconnect()
                    raise
                self._bus = bus
            return self._bus


class _GoneError(TroubleError):
    """An adapter went while it was asked."""


async def end_discovery(name: str, within_s: float) -> None:
    """Take back whatever bluetoothd still believes that we do with an adapter: a session belongs to a connection.

    So this goes over bleak's own. bluetoothd answers "InProgress" to whoever starts twice.
    """
    with contextlib.suppress(Exception):
        async with asyncio.timeout(within_s):
            bus = (await get_global_bluez_manager())._bus  # noqa: SLF001 - bleak has no other way to it
            if bus is not None:
                path = f"/org/bluez/{name}"
                await bus.call(Message(destination="org.bluez", path=path, interface=_ADAPTER, member="StopDiscovery"))


def _refused(error: str, says: str) -> TroubleError:
    name = error.rpartition(".")[2]
    match name:
        case "ServiceUnknown" | "NameHasNoOwner" | "NoReply" | "Disconnected" | "SpawnFailed" | "ExecFailed":
            return TroubleError(NO_BLUEZ)
        case "AccessDenied":
            return TroubleError(DENIED)
        case "UnknownObject" | "UnknownMethod" | "UnknownInterface":
            return _GoneError(NO_ADAPTER)
    return TroubleError(f"{name}: {says}" if says else name)
