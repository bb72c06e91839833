"""Defects that were seen in other tools for the same job, by number: here each of them is a test of what is right."""
