"""The demonstration: a real deployment finds three exposed resources in a sandbox account and fixes them."""
