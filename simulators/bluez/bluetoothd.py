"""The daemon: `org.bluez` with adapters and the devices that they hear. One event loop owns it.

Calls are answered as bluetoothd answers them, for each client its own discovery session, which ends with the client.
Signals queue and are paced: dbus-fast gives the connection up when the socket is full, so after 25 the bus is asked
something, and its answer says that it has read them all.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from dbus_fast import BusType, DBusError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from simulators.bluez import hearing
from simulators.bluez.hearing import Filter, Heard, Properties

BURST = 25
ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
_PROPERTIES, _OBJECTS = "org.freedesktop.DBus.Properties", "org.freedesktop.DBus.ObjectManager"
_ERRORS = "org.bluez.Error."

_SIGNATURES = {
    "Address": "s", "AddressType": "s", "Name": "s", "Alias": "s", "Adapter": "o", "Paired": "b", "Connected": "b",
    "ServicesResolved": "b", "UUIDs": "as", "RSSI": "n", "TxPower": "n", "ManufacturerData": "a{qv}",
    "ServiceData": "a{sv}", "Powered": "b", "Discovering": "b", "Roles": "as",
}  # fmt: skip

Deaf = Literal["start", "power", "bluetoothd", "for good"]
"""What a deaf adapter needs to hear again: another StartDiscovery, its power switched, a new bluetoothd, a hammer."""
_CURES: dict[Deaf, int] = {"start": 1, "power": 2, "bluetoothd": 3, "for good": 4}


@dataclass(kw_only=True, slots=True)
class Adapter:
    """A controller. The kernel knows it: it outlives bluetoothd."""

    name: str
    address: str
    powered: bool = True
    deaf: Deaf | None = None
    refuses: dict[str, list[str]] = field(default_factory=dict)
    """By method (`Powered` for the property): the errors that the next calls get; the last one stays, "" is none."""
    calls: deque[str] = field(default_factory=lambda: deque(maxlen=1000))
    filters: dict[str, Filter] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    """Clients that scan, by their names on the bus."""
    devices: dict[str, Properties] = field(default_factory=dict)
    seen_at: dict[str, float] = field(default_factory=dict)
    busy_until: float = 0.0
    """The kernel goes on with a scan whose bluetoothd died; so long a new one is refused."""

    @property
    def path(self) -> str:
        """On D-Bus."""
        return f"/org/bluez/{self.name}"

    def properties(self) -> Properties:
        """As D-Bus shows them."""
        return {
            "Address": self.address,
            "Name": self.name,
            "Alias": self.name,
            "Powered": self.powered,
            "Discovering": bool(self.sessions),
            "UUIDs": [],
            "Roles": ["central", "peripheral"],
        }

    def cured_by(self, what: Deaf) -> None:
        """Something happened that may help."""
        if self.deaf is not None and _CURES[what] >= _CURES[self.deaf]:
            self.deaf = None

    def forget(self) -> None:
        """As after bluetoothd was started."""
        self.filters.clear()
        self.sessions.clear()
        self.devices.clear()
        self.seen_at.clear()


class Bluetoothd:
    """Owns `org.bluez` between `start` and `kill`. Its adapters stay."""

    def __init__(
        self,
        address: str,
        *,
        temporary_timeout_s: float = 30.0,
        proximity_only: bool = True,
        orphaned_scan_s: float = 0.0,
    ) -> None:
        """`address` of the bus; the timeout is TemporaryTimeout of main.conf; see hearing for `proximity_only`.

        A scan whose bluetoothd died ends `orphaned_scan_s` later; the kernel's takes up to 10.24 s.
        """
        self.adapters: dict[str, Adapter] = {}
        self.hangs = False
        """It takes calls and answers none."""
        self._address = address
        self._timeout_s = temporary_timeout_s
        self._proximity_only = proximity_only
        self._orphaned_scan_s = orphaned_scan_s
        self._bus: MessageBus | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._signals: asyncio.Queue[Message] = asyncio.Queue()

    async def start(self) -> None:
        """Connect and own the name."""
        bus = MessageBus(self._address, BusType.SYSTEM)
        await bus.connect()
        bus.add_message_handler(self._answered)
        watch = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
        await bus.call(_to_the_bus("AddMatch", "s", [watch]))
        await bus.request_name("org.bluez")
        self._bus, self._signals = bus, asyncio.Queue()
        for adapter in self.adapters.values():
            adapter.cured_by("bluetoothd")
            self._appear(adapter.path, ADAPTER, adapter.properties())
        self._tasks = [asyncio.create_task(self._send(bus)), asyncio.create_task(self._sweep())]

    async def kill(self) -> None:
        """As by kill -9: nobody is told anything but by the bus, that the name has no owner."""
        bus, self._bus = self._bus, None
        for task in self._tasks:
            task.cancel()
        for adapter in self.adapters.values():
            if adapter.sessions:
                adapter.busy_until = time.monotonic() + self._orphaned_scan_s
            adapter.forget()
        if bus is not None:
            bus.disconnect()
            with contextlib.suppress(Exception):  # the bus may have died first
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast has no types here

    def plug(self, name: str, address: str) -> Adapter:
        """An adapter is plugged in."""
        adapter = self.adapters[name] = Adapter(name=name, address=address)
        self._appear(adapter.path, ADAPTER, adapter.properties())
        return adapter

    def unplug(self, name: str) -> None:
        """It is pulled out: it goes, and what it heard."""
        adapter = self.adapters.pop(name)
        for address in list(adapter.devices):
            self._lose(adapter, address)
        self._signal("/", _OBJECTS, "InterfacesRemoved", "oas", [adapter.path, [ADAPTER]])

    def power(self, name: str, *, on: bool) -> None:
        """Its power is switched, by rfkill or by bluetoothctl: that ends every session."""
        adapter = self.adapters[name]
        if adapter.powered == on:
            return
        adapter.powered = on
        adapter.busy_until = 0.0
        scanned = bool(adapter.sessions)
        adapter.sessions.clear()
        if on:
            adapter.cured_by("power")
        self._change(adapter.path, ADAPTER, {"Powered": on, **({"Discovering": False} if scanned else {})})

    async def hear(self, name: str, adverts: Iterable[Heard]) -> int:
        """The controller hears these, one after the other; of how many somebody was told."""
        told = 0
        for heard in adverts:
            told += self._heard(name, heard)
            if self._signals.qsize() >= BURST:
                await self.told()
        return told

    async def told(self) -> None:
        """Until the bus has every signal; at once when there is none that could."""
        if self._bus is not None:
            await self._signals.join()

    def _heard(self, name: str, heard: Heard) -> bool:
        adapter = self.adapters.get(name)
        if self._bus is None or adapter is None or not adapter.powered or adapter.deaf:
            return False
        how = hearing.listening(
            [adapter.filters.get(client, {}) for client in adapter.sessions], proximity_only=self._proximity_only
        )
        if how is None or (how.at_least_dbm is not None and heard.rssi < how.at_least_dbm):
            return False
        adapter.seen_at[heard.address] = time.monotonic()
        path = _device_path(adapter, heard.address)
        known = adapter.devices.get(heard.address)
        if known is None:
            adapter.devices[heard.address] = hearing.first_told(heard, adapter.path)
            self._appear(path, DEVICE, adapter.devices[heard.address])
            return True
        told = hearing.then_told(known, heard, how)
        if told:
            known.update(told)
            self._change(path, DEVICE, told)
        return bool(told)

    async def _send(self, bus: MessageBus) -> None:
        """Send what queues. When the bus dies nobody hears anything, and that is what is tested."""
        unread = 0
        while True:
            message = await self._signals.get()
            if bus.connected:
                bus.send(message)
                unread += 1
            if unread and (unread >= BURST or self._signals.empty()):
                unread = 0
                with contextlib.suppress(Exception):
                    await bus.call(_to_the_bus("GetId"))
            self._signals.task_done()

    async def _sweep(self) -> None:
        """TemporaryTimeout: what was not heard for so long is forgotten."""
        while True:
            await asyncio.sleep(self._timeout_s / 50)
            too_old = time.monotonic() - self._timeout_s
            for adapter in self.adapters.values():
                for address in [each for each, seen_at in adapter.seen_at.items() if seen_at < too_old]:
                    self._lose(adapter, address)

    def _lose(self, adapter: Adapter, address: str) -> None:
        del adapter.devices[address]
        del adapter.seen_at[address]
        self._signal("/", _OBJECTS, "InterfacesRemoved", "oas", [_device_path(adapter, address), [DEVICE, _PROPERTIES]])

    def _appear(self, path: str, interface: str, properties: Properties) -> None:
        self._signal("/", _OBJECTS, "InterfacesAdded", "oa{sa{sv}}", [path, {interface: _variants(properties)}])

    def _change(self, path: str, interface: str, changed: Properties, invalid: Iterable[str] = ()) -> None:
        body = [interface, _variants(changed), list(invalid)]
        self._signal(path, _PROPERTIES, "PropertiesChanged", "sa{sv}as", body)

    def _signal(self, path: str, interface: str, member: str, signature: str, body: list[Any]) -> None:
        if self._bus is not None and self._bus.connected:
            self._signals.put_nowait(Message.new_signal(path, interface, member, signature, body))

    def _answered(self, message: Message) -> Message | bool | None:
        """The reply to a call; True for none at all, None for what is not a call."""
        if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
            name, _, now = message.body
            if not now:
                self._client_gone(name)
        if message.message_type is not MessageType.METHOD_CALL:
            return None
        if self.hangs:
            return True
        signature, body = self._call(message)
        return Message.new_method_return(message, signature, body)

    def _call(self, message: Message) -> tuple[str, list[Any]]:
        match message.interface, message.member:
            case "org.freedesktop.DBus.ObjectManager", "GetManagedObjects":
                return "a{oa{sa{sv}}}", [self._objects()]
            case "org.freedesktop.DBus.Properties", "GetAll":
                return "a{sv}", [_variants(self._adapter(message).properties())]
            case "org.freedesktop.DBus.Properties", "Get":
                return "v", [_variants(self._adapter(message).properties())[message.body[1]]]
            case "org.freedesktop.DBus.Properties", "Set":
                self._set(self._adapter(message), *message.body[1:])
            case "org.bluez.Adapter1", "SetDiscoveryFilter" | "StartDiscovery" | "StopDiscovery" as member:
                self._discovery(self._adapter(message), member, message)
            case "org.freedesktop.DBus.Introspectable", "Introspect":
                nodes = "".join(f'<node name="{name}"/>' for name in self.adapters)
                return "s", [f"<node>{nodes}</node>"]
            case _:
                raise DBusError("org.freedesktop.DBus.Error.UnknownMethod", f"no method {message.member}")
        return "", []

    def _objects(self) -> dict[str, dict[str, dict[str, Variant]]]:
        found = {}
        for adapter in self.adapters.values():
            found[adapter.path] = {ADAPTER: _variants(adapter.properties())}
            for address, properties in adapter.devices.items():
                found[_device_path(adapter, address)] = {DEVICE: _variants(properties)}
        return found

    def _adapter(self, message: Message) -> Adapter:
        for adapter in self.adapters.values():
            if adapter.path == message.path:
                return adapter
        raise DBusError("org.freedesktop.DBus.Error.UnknownObject", f"no object {message.path}")

    def _set(self, adapter: Adapter, name: str, value: Variant) -> None:
        adapter.calls.append(f"{name}={value.value}")
        _refuse(adapter, name)
        if name == "Powered":
            self.power(adapter.name, on=value.value)

    def _discovery(self, adapter: Adapter, member: str, message: Message) -> None:
        client = message.sender or ""
        adapter.calls.append(member)
        _refuse(adapter, member)
        if not adapter.powered:
            raise DBusError(_ERRORS + "NotReady", "Resource Not Ready")
        match member:
            case "SetDiscoveryFilter":
                adapter.filters[client] = {name: value.value for name, value in message.body[0].items()}
            case "StartDiscovery":
                if client in adapter.sessions or time.monotonic() < adapter.busy_until:
                    raise DBusError(_ERRORS + "InProgress", "Operation already in progress")
                adapter.cured_by("start")
                adapter.sessions.add(client)
                if len(adapter.sessions) == 1:
                    self._change(adapter.path, ADAPTER, {"Discovering": True})
            case _:
                if client not in adapter.sessions:
                    raise DBusError(_ERRORS + "Failed", "No discovery started")
                self._end_session(adapter, client)

    def _client_gone(self, client: str) -> None:
        for adapter in self.adapters.values():
            adapter.filters.pop(client, None)
            if client in adapter.sessions:
                self._end_session(adapter, client)

    def _end_session(self, adapter: Adapter, client: str) -> None:
        """The last one to stop makes bluetoothd forget how loud everything was (`discovery_cleanup`)."""
        adapter.sessions.discard(client)
        if adapter.sessions:
            return
        for address, properties in adapter.devices.items():
            properties.pop("RSSI", None)
            self._change(_device_path(adapter, address), DEVICE, {}, ["RSSI", "TxPower"])
        self._change(adapter.path, ADAPTER, {"Discovering": False})


def _refuse(adapter: Adapter, member: str) -> None:
    errors = adapter.refuses.get(member)
    if errors:
        error = errors.pop(0) if len(errors) > 1 else errors[0]
        if error:
            raise DBusError(_ERRORS + error, "as it was told to")


def _device_path(adapter: Adapter, address: str) -> str:
    return f"{adapter.path}/dev_{address.replace(':', '_')}"


def _variants(properties: Properties) -> dict[str, Variant]:
    return {name: Variant(_SIGNATURES[name], _inner(name, value)) for name, value in properties.items()}


def _inner(name: str, value: Any) -> Any:
    if name in {"ManufacturerData", "ServiceData"}:
        return {key: Variant("ay", bytes(data)) for key, data in value.items()}
    return value


def _to_the_bus(member: str, signature: str = "", body: list[Any] | None = None) -> Message:
    return Message(
        destination="org.freedesktop.DBus", path="/org/freedesktop/DBus", interface="org.freedesktop.DBus",
        member=member, signature=signature, body=body or [],
    )  # fmt: skip
