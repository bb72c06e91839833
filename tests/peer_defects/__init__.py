"""Defects of other tools with the same purpose, by number. Each has tests of the correct behavior."""
