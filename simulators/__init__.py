"""A city's day on one machine: vans on real roads, GNSS noise, receivers on ptys, recordings, and a fleet over MQTT.

Simulators stand outside of Milepost, like the world does: they speak NMEA to a serial port, or the wire to a broker,
and import only `firmware_bridge` and `wire`. Everything random follows from a seed.

How they fit together:
    roads.open_city(folder) -> City          a built map folder; City.legs(seed) -> Route, Route, ...
    drive.drive(legs, seed=, rate_hz=)       -> Truth, Truth, ...   where the van really is
    noise.observe(truths, seed=)             -> Observation, ...    what its receiver believes
    recordings.read(file)                    -> Observation, ...    or what a real receiver once said
    speech.sentences(observation, at)        -> bytes               as NMEA 0183
    receiver.Receiver(...)                   -> a pty that a gateway opens like a serial port
    fleet                                    many vans straight to MQTT, for load
"""
