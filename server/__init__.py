"""The server: turns what gateways saw into facts, keeps them, and serves operations, drivers and customers."""
