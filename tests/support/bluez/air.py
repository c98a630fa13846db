"""What is in the air, and controllers that hear it: bumble's, as a Bluetooth 4.2 dongle would be.

Only how they hear is ours, because a test says how strong each advert is, and what comes in the scan response (bumble
says one RSSI for all, and repeats the advert as its own response).
"""

import struct
from dataclasses import dataclass, field

from bumble import hci
from bumble.controller import Controller

Report = hci.HCI_LE_Advertising_Report_Event.Report
Kind = hci.HCI_LE_Advertising_Report_Event.EventType

FLAGS, NAME, SERVICE_DATA_16, MANUFACTURER = 0x01, 0x09, 0x16, 0xFF
"""AD types (Bluetooth Assigned Numbers 2.3)."""


@dataclass(frozen=True, kw_only=True)
class Beep:
    """One advert in the air. What only a scan response carries is asked for by an active scan alone."""

    address: str
    rssi_dbm: int = -60
    manufacturer: dict[int, bytes] = field(default_factory=dict)
    service: dict[int, bytes] = field(default_factory=dict)
    response_manufacturer: dict[int, bytes] = field(default_factory=dict)
    response_name: str | None = None

    def advert(self) -> bytes:
        """The advert's AD structures (Core Specification Supplement, part A)."""
        return (
            _structure(FLAGS, b"\x06")
            + b"".join(_structure(MANUFACTURER, struct.pack("<H", k) + v) for k, v in self.manufacturer.items())
            + b"".join(_structure(SERVICE_DATA_16, struct.pack("<H", k) + v) for k, v in self.service.items())
        )

    def response(self) -> bytes:
        """The scan response's AD structures; empty when there is none."""
        name = _structure(NAME, self.response_name.encode()) if self.response_name else b""
        return name + b"".join(
            _structure(MANUFACTURER, struct.pack("<H", k) + v) for k, v in self.response_manufacturer.items()
        )


def _structure(kind: int, value: bytes) -> bytes:
    return bytes([len(value) + 1, kind]) + value


class Dongle(Controller):
    """A controller of Bluetooth 4.2: no extended advertising, so the kernel scans it the old way."""

    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
    )

    def hears(self, beep: Beep) -> None:
        """Tell the host, if it scans; with the scan response if it scans actively."""
        if not self.le_scan_enable:
            return
        self._report(Kind.ADV_IND, beep, beep.advert())
        if self.le_scan_type == 1:  # ADV_IND can be asked; a tag with nothing more to say answers empty
            self._report(Kind.SCAN_RSP, beep, beep.response())

    def _report(self, kind: int, beep: Beep, data: bytes) -> None:
        address = hci.Address(beep.address, hci.Address.RANDOM_DEVICE_ADDRESS)
        report = Report(
            event_type=kind, address_type=address.address_type, address=address, data=data, rssi=beep.rssi_dbm
        )
        self.send_hci_packet(hci.HCI_LE_Advertising_Report_Event([report]))
