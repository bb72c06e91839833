"""AWS's responses to attempts, for the journal."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from chalicelib.errors import AwsRefused, Superseded
from chalicelib.journal.record import Answer, Attempt
from chalicelib.rules.taken import taken


def made(attempt: Attempt, answer: Mapping[str, Any]) -> Attempt:
    request_id = answer.get("ResponseMetadata", {}).get("RequestId", "")
    return replace(attempt, answer=Answer.MADE, request_id=request_id)


def refused(attempt: Attempt, error: Superseded | AwsRefused) -> Attempt:
    """The attempt after an error: it had no effect, or only a part of its effect if AWS accepted the call."""
    if isinstance(error, Superseded) and error.answer:
        seen = taken(attempt.call, attempt.seen, error.answer)
        return replace(made(attempt, error.answer), seen=seen, error=str(error))
    return replace(attempt, answer=Answer.REFUSED, error=str(error))
