"""The journal: every change is written down before it is made."""
