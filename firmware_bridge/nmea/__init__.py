"""NMEA 0183: the bytes of a GNSS receiver to fixes (`Nmea`), and values to sentences (`encode`), for simulators."""

from firmware_bridge.nmea.fix import FLAGS, Fix, Mode, accuracy_m, to_json
from firmware_bridge.nmea.receiver import REFUSED, Counters, Nmea

__all__ = ["FLAGS", "REFUSED", "Counters", "Fix", "Mode", "Nmea", "accuracy_m", "to_json"]
