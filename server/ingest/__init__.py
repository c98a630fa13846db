"""From the broker to the stores: paho's thread puts messages into a queue, one writer commits them in groups."""
