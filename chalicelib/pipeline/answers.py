"""What AWS answered to an attempt, as the journal keeps it."""

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
    """Nothing came of it; or not all, where AWS took the call and says so."""
    if isinstance(error, Superseded) and error.answer:
        seen = taken(attempt.call, attempt.seen, error.answer)
        return replace(made(attempt, error.answer), seen=seen, error=str(error))
    return replace(attempt, answer=Answer.REFUSED, error=str(error))
