"""Test results that people should read, also from the workers of a parallel run."""

from itertools import chain
from typing import Any

POINTS = "points"
"""The property under which a test notes at how many points a process has died."""


def points(stats: dict[str, list[Any]]) -> list[str]:
    """What the tests have noted of points, by the reports of all outcomes."""
    reports = chain.from_iterable(stats.values())
    properties = chain.from_iterable(getattr(report, "user_properties", ()) for report in reports)
    return sorted({str(value) for name, value in properties if name == POINTS})
