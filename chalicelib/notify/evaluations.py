"""A scheduled evaluation that could not evaluate, queue or report every resource."""

from dataclasses import dataclass


@dataclass(frozen=True)
class EvaluationIncomplete:
    """The failures of a scheduled evaluation. All other resources were evaluated, queued and reported.

    Attributes
    ----------
    day : str
        The day of the run, ``2026-01-02``. Reported once, however often AWS retries the run.
    failures : tuple of str
        Each resource and the reason: ``b-000: AccessDenied …``.
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
