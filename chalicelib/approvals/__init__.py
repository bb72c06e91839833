"""Findings that wait for an approval or a grace period, and people's decisions about them."""
