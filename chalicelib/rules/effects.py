"""What a later read of the resource shows about a call whose response was never recorded."""

import json
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any

from chalicelib.findings import AwsCall
from chalicelib.journal.record import Attempt
from chalicelib.repeated_keys import kept
from chalicelib.resources import BlockPublicAccess, Bucket, Resource, SecurityGroup
from chalicelib.rules.security_group.calls import AUTHORIZE
from chalicelib.rules.security_group.entries import identity, rules_of
from chalicelib.rules.taken import OVERWRITTEN, identities


class Effect(Enum):
    """The state of the parts of the resource that the call changes."""

    AS_BEFORE = auto()
    AS_AFTER = auto()
    """As the call leaves it. Someone else may have made the same change."""
    NEITHER = auto()


def effect(attempt: Attempt, live: Resource | None) -> Effect:
    """Compare the intended effect of the call with the `live` resource."""
    if isinstance(live, SecurityGroup):
        return _of_group(attempt, live)
    return _of_bucket(attempt, live) if isinstance(live, Bucket) else Effect.NEITHER


def in_doubt(attempt: Attempt, found: Effect) -> str:
    """What is known about a call whose response was never recorded, as text for people."""
    call = f"{attempt.call.service}:{attempt.call.action}"
    how = "as the call leaves it" if found is Effect.AS_AFTER else "neither as before the call nor as after it"
    return (
        f"Unconfirmed: the record of {call} at {attempt.attempted_at} has no response from AWS. "
        f"The resource is now {how}. CloudTrail shows whether the call was made."
    )


def _of_group(attempt: Attempt, live: SecurityGroup) -> Effect:
    named = identities(attempt.call)
    here = named & {identity(rule) for rule in rules_of(live)}
    was = {identity(rule) for rule in rules_of(attempt.seen)} if isinstance(attempt.seen, SecurityGroup) else set()
    then = named if attempt.call.action == AUTHORIZE else set()
    if here == was:
        return Effect.AS_BEFORE
    return Effect.AS_AFTER if here == then else Effect.NEITHER


def _of_bucket(attempt: Attempt, live: Bucket) -> Effect:
    if holds(live, attempt.seen, attempt.call):
        return Effect.AS_BEFORE
    return Effect.AS_AFTER if is_as_left(live, attempt.call) else Effect.NEITHER


def holds(live: Bucket, seen: Resource, call: AwsCall) -> bool:
    """Whether the live bucket still has, or has again, the value that the call was to overwrite."""
    name = OVERWRITTEN[call.action][0]
    return same(getattr(live, name), getattr(seen, name))


def is_as_left(live: Bucket, call: AwsCall) -> bool:
    """Whether the field that the call overwrites is, in the live bucket, as the call leaves it."""
    return same(getattr(live, OVERWRITTEN[call.action][0]), put(call))


def put(call: AwsCall) -> object:
    """The value that a call leaves in the field of the model that it overwrites."""
    if call.action == "PutBucketPolicy":
        return json.loads(call.parameters["Policy"], object_pairs_hook=kept)
    if call.action == "PutBucketAcl":
        return tuple(call.parameters["AccessControlPolicy"]["Grants"])
    if call.action == "PutPublicAccessBlock":
        some = call.parameters["PublicAccessBlockConfiguration"]
        return BlockPublicAccess(
            some["BlockPublicAcls"], some["IgnorePublicAcls"], some["BlockPublicPolicy"], some["RestrictPublicBuckets"]
        )
    return None


def same(one: object, other: object) -> bool:
    """Whether two values of one field are the same to S3."""
    return _comparable(one) == _comparable(other)


def _comparable(value: object) -> object:
    """Grants in any order, and without the names that S3 adds; any other value unchanged."""
    return sorted(map(_grant, value)) if isinstance(value, tuple) else value


def _grant(grant: Mapping[str, Any]) -> tuple[str, str]:
    grantee = {key: value for key, value in grant["Grantee"].items() if key != "DisplayName"}
    return json.dumps(grantee, sort_keys=True), grant["Permission"]
