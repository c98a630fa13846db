"""An advert to what it says, whoever made the tag. Keeps for each tag what its format needs to be believed once."""

from firmware_bridge.adverts import bthome, eddystone, ela, ibeacon, minew, ruuvi, teltonika
from firmware_bridge.adverts.advert import Advert, Decoded, RefusedError, Said, Values, add

READERS = (ibeacon.read, eddystone.read, ela.read, ruuvi.read, teltonika.read, minew.read)
"""In the order in which an identity counts, when an advert and its scan response carry several."""

MOST_REMEMBERED = 10_000
"""Tags whose last packet is remembered; after that the one that was silent for longest is forgotten."""


class Decoder:
    """Decodes the adverts of any number of tags, in the order in which they were heard."""

    def __init__(self) -> None:
        """Nothing is remembered yet."""
        self._memories: dict[str, bthome.Memory] = {}

    def decode(self, advert: Advert) -> Decoded:
        """What the advert says. Never raises."""
        said: list[Said] = []
        refused: list[RefusedError] = []
        for reader in (*READERS, self._bthome):
            try:
                found = reader(advert)
            except RefusedError as error:
                refused.append(error)
            else:
                if found is not None:
                    said.append(found)
        return _joined(said, refused)

    def _bthome(self, advert: Advert) -> Said | None:
        """By the address that the seal is made with: a recording that is played from another address is one still."""
        packet = bthome.packet_of(advert)
        if packet is None:
            return None
        owner = packet.id or advert.address
        if owner is None:
            return bthome.read(packet, advert, bthome.Memory())
        memory = self._memories[owner] = self._memories.pop(owner, bthome.Memory())
        if len(self._memories) > MOST_REMEMBERED:
            del self._memories[next(iter(self._memories))]
        return bthome.read(packet, advert, memory)


def _joined(said: list[Said], refused: list[RefusedError]) -> Decoded:
    """One answer: an error takes all values away, the identity stays."""
    names = [one.format for one in said] + [one.format for one in refused]
    if not names:
        return Decoded()
    identity = next((one.id for one in said if one.id is not None), None)
    values: Values = {}
    if not refused:
        for one in said:
            for name, value in one.values.items():
                add(values, name, value)
    error = " ".join(str(one) for one in refused) or None
    return Decoded(format=" + ".join(names), id=identity, values=values, error=error)
