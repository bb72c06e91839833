"""Undo: what a call takes, what came of a call whose answer was lost, and the calls that put back what was taken.

Pure: it works on the journal's records and on resources as they were read.
"""

from chalicelib.undo.effects import Effect, effect, in_doubt
from chalicelib.undo.plan import FACTS, undo
from chalicelib.undo.taken import lacking, taken
from chalicelib.undo.values import Drift, Undo

__all__ = ["FACTS", "Drift", "Effect", "Undo", "effect", "in_doubt", "lacking", "taken", "undo"]
