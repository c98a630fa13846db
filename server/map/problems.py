"""What can go wrong in a map build, in words for the person who started it."""


class MapError(Exception):
    """The map cannot be built; the message says why and what to do next."""


class UsageError(MapError):
    """The command was called wrongly: a missing file, a missing extra."""
