"""The kill switch: somebody has stopped a stage, and nothing is changed until somebody lets it go on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pause:
    """A stage stands still.

    Attributes
    ----------
    who, reason : str
        Who stopped it (an ARN), and why, in their words.
    since : str
        ISO 8601, UTC.
    """

    who: str
    reason: str
    since: str

    def __str__(self) -> str:
        """For logs and errors: ``paused since 2026-11-24T03:00:00+00:00 by arn:...: why``."""
        return f"paused since {self.since} by {self.who}: {self.reason}"
