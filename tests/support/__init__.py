"""What tests share: real servers on free ports, builders, strategies, waiting on conditions."""
