"""Finds changes that our puts have overwritten since they came after our last reading, from CloudTrail's events."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.exemptions.statements import statement_hash
from chalicelib.exposure.acls import line
from chalicelib.exposure.policies import statements_of
from chalicelib.exposure.trail_events import TrailEvent, member
from chalicelib.findings import AwsCall
from chalicelib.investigation.actors import is_own
from chalicelib.investigation.inquiry import SLACK, OwnPut
from chalicelib.journal.record import Answer, Attempt
from chalicelib.resources import Bucket, Resource
from chalicelib.rules.s3_bucket.opened_by import S3, grants_of, permissions_of

EVENTS: Mapping[str, frozenset[str]] = {
    "PutBucketPolicy": frozenset({"PutBucketPolicy", "DeleteBucketPolicy"}),
    "DeleteBucketPolicy": frozenset({"PutBucketPolicy", "DeleteBucketPolicy"}),
    "PutBucketAcl": frozenset({"PutBucketAcl"}),
    "PutPublicAccessBlock": frozenset({"PutBucketPublicAccessBlock", "DeleteBucketPublicAccessBlock"}),
}
"""By a call of ours, CloudTrail's names of the calls that change the same settings.

Object Ownership is missing, since none of our calls changes it.
"""
FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@dataclass(frozen=True)
class Overwritten:
    """Somebody else's change that a put of ours has overwritten.

    Attributes
    ----------
    ours : OwnPut
        The call that overwrote it.
    is_certain : bool
        Whether the change was made after our reading and before our put, in CloudTrail's whole seconds. If not, it was
        in the same second as one of them, and may have been before our reading or after our put.
    """

    event: TrailEvent
    ours: OwnPut
    is_certain: bool


def own_puts(attempts: Iterable[Attempt]) -> tuple[OwnPut, ...]:
    """The puts among the attempts that were made, or may have been."""
    return tuple(
        OwnPut(each.call.action, each.attempted_at, each.answered_at or each.attempted_at, saw(each.call, each.seen))
        for each in attempts
        if each.answer in (Answer.MADE, Answer.UNKNOWN) and each.call.action in EVENTS
    )


def saw(call: AwsCall, seen: Resource) -> str:
    """A hash of the settings that a call overwrites, as last read."""
    if not isinstance(seen, Bucket):
        raise TypeError(f"{call.action} is not a call on a bucket")
    if call.action == "PutBucketAcl":
        return _hash(sorted(permissions_of(seen.grants)))
    if call.action == "PutPublicAccessBlock":
        block = seen.bucket_block
        some = (block.block_public_acls, block.ignore_public_acls, block.block_public_policy)
        return _hash([*some, block.restrict_public_buckets])
    return _policy_hash(seen.policy)


def overwritten(
    ours: OwnPut, events: Sequence[TrailEvent], account_id: str, own_roles: frozenset[str]
) -> Overwritten | None:
    """The last change of somebody else that our put has overwritten; None if there is none, or if we had read it.

    Parameters
    ----------
    events : sequence of TrailEvent
        The bucket's events, most recent first.
    """
    near = [each for each in events if _is_near(ours, each)]
    put = own_event(ours, events, account_id, own_roles)
    put_at = put.at if put else ours.put.replace(microsecond=0)
    read_at = ours.read.replace(microsecond=0)
    foreign = [each for each in near if not is_own(each, account_id, own_roles) and each.at <= put_at]
    if not foreign:
        return None
    last = max(foreign, key=lambda each: each.at)
    if _content_hash(last) == ours.saw:
        return None
    return Overwritten(last, ours, is_certain=put is not None and read_at < last.at < put_at)


def own_event(
    ours: OwnPut, events: Sequence[TrailEvent], account_id: str, own_roles: frozenset[str]
) -> TrailEvent | None:
    """CloudTrail's event of our put; None if CloudTrail does not have it yet."""
    own = (each for each in events if _is_near(ours, each) and is_own(each, account_id, own_roles))
    return min(own, key=lambda each: abs(each.at - ours.put), default=None)


def content(event: TrailEvent) -> tuple[str, ...]:
    """The settings of an event, a line for each statement, grant or setting."""
    if event.name == "PutBucketPolicy":
        statements = _statements(member(event.parameters, "bucketPolicy"))
        return tuple(json.dumps(each, sort_keys=True, separators=(",", ":")) for each in statements)
    if event.name == "PutBucketAcl":
        body = member(event.parameters, "AccessControlPolicy", "AccessControlList").get("Grant")
        listed = [body] if isinstance(body, Mapping) else body
        grants = [each for each in listed if isinstance(each, Mapping)] if isinstance(listed, list) else []
        asked = (f"{key}: {value}" for key, value in event.parameters.items() if key.startswith("x-amz-"))
        return (*map(line, grants), *asked)
    if event.name == "PutBucketPublicAccessBlock":
        return tuple(f"{name}: {str(is_on).lower()}" for name, is_on in zip(FLAGS, _flags(event), strict=True))
    return (f"nothing: {event.name}",)


def _is_near(ours: OwnPut, event: TrailEvent) -> bool:
    """Whether an event changed the settings that our put overwrites, around the time of the put."""
    is_change = event.source == S3 and not event.error and event.name in EVENTS[ours.action]
    return is_change and ours.read - SLACK <= event.at <= ours.put + SLACK


def _content_hash(event: TrailEvent) -> str:
    if event.name == "PutBucketAcl":
        return _hash(sorted(grants_of(event.parameters)))
    if event.name.endswith("PublicAccessBlock"):
        return _hash(list(_flags(event)))
    return _policy_hash(member(event.parameters, "bucketPolicy") if event.name == "PutBucketPolicy" else None)


def _flags(event: TrailEvent) -> tuple[bool, ...]:
    given = member(event.parameters, "PublicAccessBlockConfiguration")
    return tuple(given.get(name) in (True, "true") for name in FLAGS)


def _policy_hash(policy: Mapping[str, Any] | None) -> str:
    return _hash(None if policy is None else sorted(statement_hash(each, policy) for each in _statements(policy)))


def _statements(policy: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in statements_of(policy) if isinstance(each, Mapping)]


def _hash(what: object) -> str:
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()
