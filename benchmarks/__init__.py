"""Each program prints ratios against a peer in the same run, with the versions of what it measured."""
