"""The demonstration: a real deployment finds three leaks in a sandbox account, and heals them."""
