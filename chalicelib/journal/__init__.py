"""The journal: every change is recorded before it is made."""
