"""Findings that wait for people or for a grace period, and what people decide about them."""
