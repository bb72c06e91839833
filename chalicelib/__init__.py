"""What Lambda runs: one folder per feature. `chalicelib.pipeline` tells the story; `wiring` gives it its gateways."""
