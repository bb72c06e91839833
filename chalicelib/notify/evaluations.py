"""A scheduled evaluation that could not judge, queue or report everything."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EvaluationIncomplete:
    """What went wrong in a scheduled evaluation; all other resources were judged, queued and reported.

    Attributes
    ----------
    day : str
        The run's, ``2026-01-02``: told once, however often AWS tries the run again.
    failures : tuple of str
        Each resource, and why: ``b-000: AccessDenied …``.
    next_step : str
        What a person can do about it.
    """

    raised_by_rule: str
    aws_account_id: str
    aws_region: str
    target_resource_type: str
    day: str
    failures: tuple[str, ...]
    next_step: str
