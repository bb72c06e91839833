"""The verbs of the diagram: evaluate, coordinate, remediate, notify."""
