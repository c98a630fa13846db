"""Tags over Bluetooth: who is heard, how well, and whether anybody could be heard at all."""
