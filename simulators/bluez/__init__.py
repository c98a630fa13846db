"""BlueZ without Bluetooth: a small `org.bluez` on a private D-Bus, so that real scanners can be run, and broken.

`Rig` is what tests and the demo use: it starts the bus and the daemon, and lets tags be heard. Needs the program
dbus-daemon, no rights, no kernel support. It behaves like bluetoothd where that matters to a scanner; what that is, and
how it was measured, is in docs/decisions/110.
"""

from simulators.bluez.bluetoothd import Adapter, Deaf
from simulators.bluez.bus import BusError, PrivateBus, dbus_daemon
from simulators.bluez.hearing import Heard
from simulators.bluez.rig import Beacon, Rig

__all__ = ["Adapter", "Beacon", "BusError", "Deaf", "Heard", "PrivateBus", "Rig", "dbus_daemon"]
