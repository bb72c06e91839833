"""CloudTrail, as far as it goes here: LookupEvents over what the sandbox wrote down, with AWS's lag and limits."""

import base64
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from werkzeug import Request, Response

from sandbox import trail
from sandbox.front.signed import Operation, Refusal

PREFIX = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
LAG = 300.0
"""Seconds until an event can be looked up: about five minutes on AWS."""
LOOKUPS_A_SECOND = 2
"""In an account and region. Source: CloudTrail API Reference, LookupEvents."""
MOST = 50
ATTRIBUTES: Mapping[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "EventId": lambda each: [each["event"]["eventID"]],
    "EventName": lambda each: [each["event"]["eventName"]],
    "EventSource": lambda each: [each["event"]["eventSource"]],
    "ReadOnly": lambda each: [str(each["event"]["readOnly"]).lower()],
    "Username": lambda each: [_username(each["event"]["userIdentity"])],
    "AccessKeyId": lambda each: [each["event"]["userIdentity"]["accessKeyId"]],
    "ResourceType": lambda each: [resource["ResourceType"] for resource in each["resources"]],
    "ResourceName": lambda each: [resource["ResourceName"] for resource in each["resources"]],
}


class Wrong(Exception):
    """An answer that is an error: its code, and what AWS says of it."""


class CloudTrail:
    """Looks up events that are older than `lag` seconds; throttles who asks too often."""

    scope = "cloudtrail"

    def __init__(self, events: Path, lag: float = LAG, clock: Callable[[], float] = time.time) -> None:
        self._events = events
        self._lag = lag
        self._clock = clock
        self._asked: deque[float] = deque(maxlen=LOOKUPS_A_SECOND)
        self._lock = threading.Lock()

    def operation(self, request: Request, region: str) -> Operation:
        del region
        name = request.headers.get("X-Amz-Target", "").removeprefix(PREFIX)
        return Operation(name, f"cloudtrail:{name}")

    def answer(self, request: Request, operation: Operation, caller: str) -> Response:
        del caller
        if operation.name != "LookupEvents":
            return _error("UnsupportedOperationException", f"The sandbox has no {operation.name}")
        if self._is_throttled():
            return _error("ThrottlingException", "Rate exceeded")
        try:
            return _json(self._looked_up(json.loads(request.get_data() or b"{}")))
        except Wrong as error:
            return _error(*error.args)

    def refusal(self, refusal: Refusal) -> Response:
        code = "AccessDeniedException" if refusal.authenticated else "UnrecognizedClientException"
        return _error(code, refusal.message)

    def _is_throttled(self) -> bool:
        with self._lock:
            now = self._clock()
            if len(self._asked) == LOOKUPS_A_SECOND and now - self._asked[0] < 1:
                return True
            self._asked.append(now)
            return False

    def _looked_up(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        most = asked.get("MaxResults", MOST)
        if not 1 <= most <= MOST:
            raise Wrong("InvalidMaxResultsException", f"MaxResults is from 1 to {MOST}")
        start, end = asked.get("StartTime", 0), asked.get("EndTime", self._clock())
        if start > end:
            raise Wrong("InvalidTimeRangeException", "The start time is after the end time")
        end = min(end, self._clock() - self._lag)
        wanted = [each for each in trail.read(self._events) if start <= _time(each) <= end and _matches(each, asked)]
        wanted.reverse()
        first = _offset(asked)
        more = {"NextToken": _token(asked, first + most)} if len(wanted) > first + most else {}
        return {"Events": [_shown(each) for each in wanted[first : first + most]], **more}


def _matches(event: Mapping[str, Any], asked: Mapping[str, Any]) -> bool:
    attributes = asked.get("LookupAttributes", [])
    if len(attributes) > 1 or any(each["AttributeKey"] not in ATTRIBUTES for each in attributes):
        raise Wrong("InvalidLookupAttributesException", f"One of {', '.join(ATTRIBUTES)}, and no more than one")
    return all(each["AttributeValue"] in ATTRIBUTES[each["AttributeKey"]](event) for each in attributes)


def _offset(asked: Mapping[str, Any]) -> int:
    """Where the page begins; a token is good only for the very question that it came of."""
    token = asked.get("NextToken")
    if token is None:
        return 0
    try:
        offset, question = base64.b64decode(token).decode().split(" ")
    except ValueError:
        offset, question = "", ""
    if not offset.isdecimal() or question != _question(asked):
        raise Wrong("InvalidNextTokenException", "The token is not valid, or came of other parameters")
    return int(offset)


def _token(asked: Mapping[str, Any], offset: int) -> str:
    return base64.b64encode(f"{offset} {_question(asked)}".encode()).decode()


def _question(asked: Mapping[str, Any]) -> str:
    same = {key: value for key, value in asked.items() if key != "NextToken"}
    return sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()


def _shown(each: Mapping[str, Any]) -> dict[str, Any]:
    event = each["event"]
    return {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": str(event["readOnly"]).lower(),
        "AccessKeyId": event["userIdentity"]["accessKeyId"],
        "EventTime": _time(each),
        "EventSource": event["eventSource"],
        "Username": _username(event["userIdentity"]),
        "Resources": each["resources"],
        "CloudTrailEvent": json.dumps(event),
    }


def _time(each: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(each["event"]["eventTime"]).timestamp()


def _username(identity: Mapping[str, Any]) -> str:
    """The user's name, a session's, or ``root``."""
    return str(identity.get("userName") or identity["arn"].rpartition("/")[2].rpartition(":")[2])


def _error(code: str, message: str) -> Response:
    return _json({"__type": code, "message": message}, 400)


def _json(content: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(content), status, content_type="application/x-amz-json-1.1")
