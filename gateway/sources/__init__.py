"""Where fixes come from: a receiver on a serial port, or a recording in its place."""
