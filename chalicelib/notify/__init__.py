"""The notifications that the functions publish to the topic for the notifier."""

from chalicelib.notify.actors import Actor, Certainty
from chalicelib.notify.decisions import Decided, Decision, Held
from chalicelib.notify.evaluations import EvaluationIncomplete
from chalicelib.notify.exemptions import ExemptionEvent, ExemptionNews
from chalicelib.notify.outcomes import Outcome, Rejection, Status
from chalicelib.notify.overwrites import ChangeOverwritten
from chalicelib.notify.stops import Flapping, LimitReached, Paused, Resumed
from chalicelib.notify.wire import SNS_LIMIT, TYPES, Notification, from_json, message_type, to_json

__all__ = [
    "SNS_LIMIT",
    "TYPES",
    "Actor",
    "Certainty",
    "ChangeOverwritten",
    "Decided",
    "Decision",
    "EvaluationIncomplete",
    "ExemptionEvent",
    "ExemptionNews",
    "Flapping",
    "Held",
    "LimitReached",
    "Notification",
    "Outcome",
    "Paused",
    "Rejection",
    "Resumed",
    "Status",
    "from_json",
    "message_type",
    "to_json",
]
