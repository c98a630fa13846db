"""Device bytes to values and back: receivers, tags, microcontrollers, trackers. No I/O, no clock."""
