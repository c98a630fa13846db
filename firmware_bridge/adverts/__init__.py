"""BLE adverts of tags to identities and readings (`Decoder`), and values to adverts (`encode`), for simulators."""

from firmware_bridge.adverts.advert import Advert, Decoded, Value, Values, uuid
from firmware_bridge.adverts.decoder import Decoder

__all__ = ["Advert", "Decoded", "Decoder", "Value", "Values", "uuid"]
