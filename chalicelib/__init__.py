"""What Lambda runs: exposure (pure), rules, flows, gateways, and the wiring that joins them."""
