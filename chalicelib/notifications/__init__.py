"""What the functions publish on the topic for the notifier, beside AWS Config's own messages."""

from chalicelib.notifications.actors import Actor, Certainty
from chalicelib.notifications.decisions import Decided, Decision, Held
from chalicelib.notifications.evaluations import EvaluationIncomplete
from chalicelib.notifications.exemptions import ExemptionEvent, ExemptionNews
from chalicelib.notifications.outcomes import Outcome, Rejection, Status
from chalicelib.notifications.overwrites import ChangeOverwritten
from chalicelib.notifications.stops import Flapping, LimitReached, Paused, Resumed
from chalicelib.notifications.wire import SNS_LIMIT, TYPES, Notification, from_json, message_type, to_json

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
