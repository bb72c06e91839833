"""An event in CloudTrail's own shape.

Source: CloudTrail User Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.environment import ACCOUNT_ID, REGION


@dataclass(frozen=True)
class Seen:
    """A call, as a service saw it.

    Attributes
    ----------
    caller, access_key : str
        Who called: an ARN, and the key that signed the request.
    source : str
        The service: ``ec2.amazonaws.com``.
    parameters, response : Mapping
        ``requestParameters`` and ``responseElements``.
    resources : sequence of (str, str)
        Type and name of what it is about: by these LookupEvents finds it.
    error, message : str
        The error code and its message; empty: it was carried out.
    """

    caller: str
    access_key: str
    source: str
    name: str
    address: str
    user_agent: str
    parameters: Mapping[str, Any]
    response: Mapping[str, Any] | None
    resources: Sequence[tuple[str, str]]
    error: str = ""
    message: str = ""


def event(seen: Seen) -> dict[str, Any]:
    """What CloudTrail writes of it, now; and, beside that, the resources by which it is found."""
    failed = {"errorCode": seen.error, "errorMessage": seen.message} if seen.error else {}
    return {
        "resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in seen.resources],
        "event": {
            "eventVersion": "1.10",
            "userIdentity": identity(seen.caller, seen.access_key),
            "eventTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": seen.source,
            "eventName": seen.name,
            "awsRegion": REGION,
            "sourceIPAddress": seen.address,
            "userAgent": seen.user_agent,
            **failed,
            "requestParameters": dict(seen.parameters),
            "responseElements": None if seen.error else seen.response,
            "requestID": str(uuid4()),
            "eventID": str(uuid4()),
            "readOnly": False,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": ACCOUNT_ID,
            "eventCategory": "Management",
        },
    }


def identity(arn: str, access_key: str) -> dict[str, Any]:
    """``userIdentity``: of root, of a user, or of a role's session."""
    known = {"arn": arn, "accountId": ACCOUNT_ID, "accessKeyId": access_key}
    kind, _, name = arn.rpartition(":")[2].partition("/")
    if kind == "root":
        return {"type": "Root", "principalId": ACCOUNT_ID, **known}
    if kind == "user":
        return {"type": "IAMUser", "principalId": f"AIDA{name.upper()}", **known, "userName": name.rpartition("/")[2]}
    role, _, session = name.partition("/")
    issuer = {
        "type": "Role",
        "principalId": f"AROA{role.upper()}",
        "arn": f"arn:aws:iam::{ACCOUNT_ID}:role/{role}",
        "accountId": ACCOUNT_ID,
        "userName": role,
    }
    context = {"sessionIssuer": issuer, "attributes": {"mfaAuthenticated": "false"}}
    return {"type": "AssumedRole", "principalId": f"AROA{role.upper()}:{session}", **known, "sessionContext": context}
