"""BlueZ under the scanner: Debian's own, in a small machine (QEMU, no KVM); and ours, on a private bus."""
