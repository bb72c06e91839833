"""How a CloudTrail event relates to a public bucket.

Some event names differ from the API's actions: ``PutBucketPublicAccessBlock`` is PutPublicAccessBlock. Source: Amazon
S3 User Guide, "Amazon S3 CloudTrail events".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chalicelib.exemptions.statements import statement_hash
from chalicelib.exposure.acls import PUBLIC_GROUPS
from chalicelib.exposure.event_effect import EventEffect
from chalicelib.exposure.trail_events import TrailEvent, member, members, text
from chalicelib.findings import Violation

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
type Reader = Callable[[TrailEvent, Mapping[str, Any]], EventEffect]


def on_bucket(event: TrailEvent, violation: Violation) -> EventEffect | None:
    """The effect of an event on what a violation is about; None if there is none."""
    if event.source != S3:
        return None
    about = BY_TYPE.get(violation.violation_type, {})
    reader = about.get(event.name)
    return reader(event, violation.violation_details) if reader else None


def _policy_put(event: TrailEvent, details: Mapping[str, Any]) -> EventEffect:
    policy = member(event.parameters, "bucketPolicy")
    put = {statement_hash(each, policy) for each in members(policy.get("Statement"))}
    violating = {text(each, "sha256") for each in members(details.get("statements"))}
    return EventEffect.OPENS if put & violating else EventEffect.REPLACES


def _acl_put(event: TrailEvent, details: Mapping[str, Any]) -> EventEffect:
    violating = permissions_of(members(details.get("grants")))
    return EventEffect.OPENS if violating & grants_of(event.parameters) else EventEffect.REPLACES


def grants_of(parameters: Mapping[str, Any]) -> Grants:
    """The grants of a request, to groups and accounts: from the body, from a canned ACL, or from headers."""
    listed = member(parameters, "AccessControlPolicy", "AccessControlList").get("Grant")
    found = permissions_of(members(listed))
    for canned in _header(parameters, "x-amz-acl"):
        found |= CANNED.get(canned, set())
    for header, permission in HEADERS.items():
        found |= {(uri, permission) for value in _header(parameters, header) for uri in URI.findall(value)}
    return found


def permissions_of(grants: Iterable[Mapping[str, Any]]) -> Grants:
    """Grantee (a group's URI or an account's canonical user ID) and permission of each grant."""
    grantees = ((member(grant, "Grantee"), text(grant, "Permission")) for grant in grants)
    return {(text(whom, "URI") or text(whom, "ID"), permission) for whom, permission in grantees}


def _header(parameters: Mapping[str, Any], name: str) -> list[str]:
    """CloudTrail writes a header as a list of its values."""
    value = parameters.get(name)
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _block_put(flag: str) -> Reader:
    def read(event: TrailEvent, _: Mapping[str, Any]) -> EventEffect:
        is_on = member(event.parameters, "PublicAccessBlockConfiguration").get(flag) in (True, "true")
        return EventEffect.CLOSES if is_on else EventEffect.OPENS

    return read


def _ownership_put(event: TrailEvent, _: Mapping[str, Any]) -> EventEffect:
    rules = members(member(event.parameters, "OwnershipControls").get("Rule"))
    is_enforced = any(text(rule, "ObjectOwnership") == "BucketOwnerEnforced" for rule in rules)
    return EventEffect.CLOSES if is_enforced else EventEffect.OPENS


def _created(event: TrailEvent, details: Mapping[str, Any]) -> EventEffect:
    return EventEffect.OPENS if _acl_put(event, details) is EventEffect.OPENS else EventEffect.CHANGES


def _always(effect: EventEffect) -> Reader:
    return lambda _event, _details: effect


BY_TYPE: Mapping[str, Mapping[str, Reader]] = {
    "S3_BUCKET_PUBLIC_POLICY": {
        "PutBucketPolicy": _policy_put,
        "DeleteBucketPolicy": _always(EventEffect.CLOSES),
        "PutBucketPublicAccessBlock": _block_put("RestrictPublicBuckets"),
        "DeleteBucketPublicAccessBlock": _always(EventEffect.OPENS),
        "CreateBucket": _always(EventEffect.CHANGES),
    },
    "S3_BUCKET_PUBLIC_ACL": {
        "PutBucketAcl": _acl_put,
        "PutBucketPublicAccessBlock": _block_put("IgnorePublicAcls"),
        "DeleteBucketPublicAccessBlock": _always(EventEffect.OPENS),
        "PutBucketOwnershipControls": _ownership_put,
        "DeleteBucketOwnershipControls": _always(EventEffect.OPENS),
        "CreateBucket": _created,
    },
}
"""How each event is read, by violation type."""
