"""Violations that are opened again each time they are fixed."""
