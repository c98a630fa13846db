"""A city's day on one machine: broker, server, a gateway process and a receiver for each van, and the browser."""
