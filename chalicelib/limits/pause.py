"""The kill switch: while a stage is paused, nothing is changed."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pause:
    """The pause of a stage.

    Attributes
    ----------
    who, reason : str
        Who paused the stage (an ARN), and why, in their words.
    since : str
        ISO 8601, UTC.
    """

    who: str
    reason: str
    since: str

    def __str__(self) -> str:
        """For logs and errors: ``paused since 2026-11-24T03:00:00+00:00 by arn:...: why``."""
        return f"paused since {self.since} by {self.who}: {self.reason}"
