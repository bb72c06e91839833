"""What CloudTrail's events have to do with a public bucket.

S3 names some events otherwise than the API's actions: ``PutBucketPublicAccessBlock`` is PutPublicAccessBlock. Source:
Amazon S3 User Guide, "Amazon S3 CloudTrail events".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalicelib.exposure.acls import PUBLIC_GROUPS
from chalicelib.messages import Violation
from chalicelib.trust.bearing import Bearing
from chalicelib.trust.statements import statement_hash
from chalicelib.trust.trail_events import TrailEvent, member, members, text

S3 = "s3.amazonaws.com"
EVERYBODY, ANY_ACCOUNT = PUBLIC_GROUPS
CANNED = {
    "public-read": {(EVERYBODY, "READ")},
    "public-read-write": {(EVERYBODY, "READ"), (EVERYBODY, "WRITE")},
    "authenticated-read": {(ANY_ACCOUNT, "READ")},
}
"""Source: Amazon S3 User Guide, "Access control list (ACL) overview"."""
HEADERS = {
    "x-amz-grant-read": "READ",
    "x-amz-grant-write": "WRITE",
    "x-amz-grant-read-acp": "READ_ACP",
    "x-amz-grant-write-acp": "WRITE_ACP",
    "x-amz-grant-full-control": "FULL_CONTROL",
}
URI = re.compile(r'uri="?([^",\s]+)"?', re.IGNORECASE)

type Grants = set[tuple[str, str]]
type Reader = Callable[[TrailEvent, Mapping[str, Any]], Bearing]


def on_bucket(event: TrailEvent, violation: Violation) -> Bearing | None:
    """What an event did to what a violation is about; None: nothing."""
    if event.source != S3:
        return None
    about = BY_TYPE.get(violation.violation_type, {})
    reader = about.get(event.name)
    return reader(event, violation.violation_details) if reader else None


def _policy_put(event: TrailEvent, details: Mapping[str, Any]) -> Bearing:
    policy = member(event.parameters, "bucketPolicy")
    put = {statement_hash(each, policy) for each in members(policy.get("Statement"))}
    condemned = {text(each, "sha256") for each in members(details.get("statements"))}
    return Bearing.OPENS if put & condemned else Bearing.REPLACES


def _acl_put(event: TrailEvent, details: Mapping[str, Any]) -> Bearing:
    condemned = permissions_of(members(details.get("grants")))
    return Bearing.OPENS if condemned & grants_of(event.parameters) else Bearing.REPLACES


def grants_of(parameters: Mapping[str, Any]) -> Grants:
    """The grants of a request to groups, and to accounts that its body names; in its body, canned, or in headers."""
    listed = member(parameters, "AccessControlPolicy", "AccessControlList").get("Grant")
    found = permissions_of(members(listed))
    for canned in _header(parameters, "x-amz-acl"):
        found |= CANNED.get(canned, set())
    for header, permission in HEADERS.items():
        found |= {(uri, permission) for value in _header(parameters, header) for uri in URI.findall(value)}
    return found


def permissions_of(grants: Iterable[Mapping[str, Any]]) -> Grants:
    """Grantee (a group's URI, an account's canonical id) and permission of each grant."""
    grantees = ((member(grant, "Grantee"), text(grant, "Permission")) for grant in grants)
    return {(text(whom, "URI") or text(whom, "ID"), permission) for whom, permission in grantees}


def _header(parameters: Mapping[str, Any], name: str) -> list[str]:
    """CloudTrail writes a header as a list of its values."""
    value = parameters.get(name)
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _block_put(flag: str) -> Reader:
    def read(event: TrailEvent, _: Mapping[str, Any]) -> Bearing:
        is_on = member(event.parameters, "PublicAccessBlockConfiguration").get(flag) in (True, "true")
        return Bearing.CLOSES if is_on else Bearing.OPENS

    return read


def _ownership_put(event: TrailEvent, _: Mapping[str, Any]) -> Bearing:
    rules = members(member(event.parameters, "OwnershipControls").get("Rule"))
    is_enforced = any(text(rule, "ObjectOwnership") == "BucketOwnerEnforced" for rule in rules)
    return Bearing.CLOSES if is_enforced else Bearing.OPENS


def _created(event: TrailEvent, details: Mapping[str, Any]) -> Bearing:
    return Bearing.OPENS if _acl_put(event, details) is Bearing.OPENS else Bearing.CHANGES


def _always(bearing: Bearing) -> Reader:
    return lambda _event, _details: bearing


BY_TYPE: Mapping[str, Mapping[str, Reader]] = {
    "S3_BUCKET_PUBLIC_POLICY": {
        "PutBucketPolicy": _policy_put,
        "DeleteBucketPolicy": _always(Bearing.CLOSES),
        "PutBucketPublicAccessBlock": _block_put("RestrictPublicBuckets"),
        "DeleteBucketPublicAccessBlock": _always(Bearing.OPENS),
        "CreateBucket": _always(Bearing.CHANGES),
    },
    "S3_BUCKET_PUBLIC_ACL": {
        "PutBucketAcl": _acl_put,
        "PutBucketPublicAccessBlock": _block_put("IgnorePublicAcls"),
        "DeleteBucketPublicAccessBlock": _always(Bearing.OPENS),
        "PutBucketOwnershipControls": _ownership_put,
        "DeleteBucketOwnershipControls": _always(Bearing.OPENS),
        "CreateBucket": _created,
    },
}
"""What each event means, by the type of violation."""
