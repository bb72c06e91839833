"""Undo: from a remediation's record and the live resource to the calls that restore what the remediation removed."""

from chalicelib.undo.plan import FACTS, undo

__all__ = ["FACTS", "undo"]
