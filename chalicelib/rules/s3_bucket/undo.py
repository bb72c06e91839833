"""Restore a bucket's policy, ACL and Block Public Access as they were before they were overwritten."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.findings import AwsCall
from chalicelib.journal.record import Attempt
from chalicelib.repeated_keys import kept, repeated_key
from chalicelib.resources import Bucket, Resource
from chalicelib.rules import S3_BUCKET_RULE, Obstacle, Plan
from chalicelib.rules.effects import holds, is_as_left, same
from chalicelib.rules.s3_bucket.exposure import bucket_exposure
from chalicelib.rules.s3_bucket.fixes import flags
from chalicelib.rules.taken import OVERWRITTEN
from chalicelib.rules.undo import Drift, Undo

NAMES = {"bucket_block": "Block Public Access", "policy": "the policy", "grants": "the ACL"}
"""What a remediation may overwrite, in the order of restoring: Block Public Access would refuse the other two."""
BY_HAND = "Read the record (ddaws show), find out who wrote it, and restore the correct value by hand."


@dataclass(frozen=True)
class Overwritten:
    """One field of a bucket that was overwritten.

    Attributes
    ----------
    first : Attempt
        The call that overwrote the value to restore.
    last : Attempt
        The call that put the value that should still be current.
    """

    field: str
    first: Attempt
    last: Attempt


def undo_bucket(attempts: Iterable[Attempt], live: Bucket, after: Resource | None, *, is_resumed: bool) -> Undo | Drift:
    """Restore what `attempts` overwrote; `after` is the bucket as it was read after them.

    If the undo is resumed, a value that is already in the intended state was restored by the undo.
    """
    done = list(_overwritten(each for each in attempts if each.counts))
    to_do = [
        each
        for each in done
        if not holds(live, each.first.seen, each.first.call) or any(_unclear(each.field, each.first.seen, live))
    ]
    changed = [
        _changed(each, live)
        for each in done
        if not _is_as_left(each, live, after) and not (is_resumed and each not in to_do)
    ]
    made = _undo(live, to_do)
    return Drift(tuple(changed), made) if changed else made


def _overwritten(attempts: Iterable[Attempt]) -> Iterator[Overwritten]:
    """Each field once. If someone else changed it between two of our calls, only the later calls count."""
    found: dict[str, Overwritten] = {}
    for attempt in attempts:
        name = OVERWRITTEN[attempt.call.action][0]
        before = found.get(name)
        if before and isinstance(attempt.seen, Bucket) and is_as_left(attempt.seen, before.last.call):
            found[name] = replace(before, last=attempt)
        else:
            found[name] = Overwritten(name, attempt, attempt)
    return (found[name] for name in NAMES if name in found)


def _is_as_left(each: Overwritten, live: Bucket, after: Resource | None) -> bool:
    """Whether the field is as our last call put it, or as S3 returned it after that call."""
    if each.field == "policy" and live.policy_text is not None and _differs(live.policy_text, live.policy):
        return False
    as_read = isinstance(after, Bucket) and same(getattr(live, each.field), getattr(after, each.field))
    return is_as_left(live, each.last.call) or as_read


def _changed(each: Overwritten, live: Bucket) -> str:
    if holds(live, each.first.seen, each.first.call):
        return f"{NAMES[each.field]} is again as it was before the fix"
    lines = S3_BUCKET_RULE.lines(_only(each.field, live), None)
    return f"{NAMES[each.field]} has changed since the fix; it is now: {'; '.join(lines) or 'none'}"


def _only(field: str, live: Bucket) -> Bucket:
    return replace(Bucket(live.account_id, live.region, live.name), **{field: getattr(live, field)})


def _undo(live: Bucket, to_do: list[Overwritten]) -> Undo:
    then = live
    for each in to_do:
        then = replace(then, **{name: getattr(each.first.seen, name) for name in OVERWRITTEN[each.first.call.action]})
    now, back = S3_BUCKET_RULE.lines(live, None), S3_BUCKET_RULE.lines(then, None)
    lines = tuple(line for line in back if line not in now), tuple(line for line in now if line not in back)
    obstacles = tuple(
        obstacle
        for each in to_do
        for obstacle in (*_unclear(each.field, each.first.seen, live), *_obstacles(each.field, then))
    )
    calls = () if obstacles else tuple(_call(each.field, then) for each in to_do)
    return Undo(Plan(calls, obstacles=obstacles), then, *lines)


def _call(field: str, then: Bucket) -> AwsCall:
    """The call that sets the field to its value in `then`."""
    if field == "bucket_block":
        return _on(then, "PutPublicAccessBlock", PublicAccessBlockConfiguration=flags(then.bucket_block))
    if field == "grants":
        policy = {"Grants": [dict(grant) for grant in then.grants], "Owner": dict(then.owner or {})}
        return _on(then, "PutBucketAcl", AccessControlPolicy=policy)
    if then.policy is None:
        return _on(then, "DeleteBucketPolicy")
    return _on(then, "PutBucketPolicy", Policy=then.policy_text or json.dumps(then.policy, separators=(",", ":")))


def _on(bucket: Bucket, action: str, **parameters: Any) -> AwsCall:
    return AwsCall("s3", action, {"Bucket": bucket.name, "ExpectedBucketOwner": bucket.account_id, **parameters})


def _unclear(field: str, then: Resource, live: Bucket) -> Iterator[Obstacle]:
    """Why the value that a call would put differs from the value that is shown, compared and exempted."""
    if not isinstance(then, Bucket):
        return
    if field == "policy" and then.policy_text is not None and (why := _differs(then.policy_text, then.policy)):
        yield Obstacle(f"The policy text in the journal for {then.name} {why}. It is not restored.", BY_HAND)
    if field == "grants":
        if (then.owner or {}).get("ID") != (live.owner or {}).get("ID"):
            yield Obstacle(f"The ACL in the journal for {then.name} names another owner. It is not restored.", BY_HAND)
        for grant in then.grants:
            named = [str(value) for key, value in grant["Grantee"].items() if key in ("URI", "ID", "EmailAddress")]
            if len(named) > 1:
                whom = " and ".join(named)
                yield Obstacle(
                    f"The ACL in the journal for {then.name} has one grant to {whom}. It is not restored.", BY_HAND
                )


def _differs(text: str, policy: object) -> str:
    """How a policy's text differs from the document that is evaluated and shown; empty if it does not."""
    try:
        document = json.loads(text, object_pairs_hook=kept)
    except (ValueError, RecursionError):
        return "is not JSON"
    if document == policy:
        return ""
    if (key := repeated_key(document)) is not None:
        return f'has the key "{key}" more than once in one object, so it can be read in more than one way'
    return "differs from the policy that is shown here"


def _obstacles(field: str, then: Bucket) -> Iterator[Obstacle]:
    """Why S3 would refuse the field now."""
    if field == "grants" and then.object_ownership == "BucketOwnerEnforced":
        yield Obstacle(
            f"ACLs are disabled on {then.name} now (Object Ownership is BucketOwnerEnforced): S3 accepts no ACL.",
            "Keep ACLs disabled and grant the access in the bucket's policy, or set Object Ownership to "
            "BucketOwnerPreferred and undo again.",
        )
    setting = {"policy": "block_public_policy", "grants": "block_public_acls"}.get(field)
    for whose, block in (("the bucket", then.bucket_block), ("the account", then.account_block)):
        if setting and block and getattr(block, setting) and _is_public(field, then):
            name = {"policy": "BlockPublicPolicy", "grants": "BlockPublicAcls"}[field]
            yield Obstacle(
                f"Block Public Access of {whose} refuses it now: {name} is on.",
                f"Leave it on, or turn off {name} of {whose} and undo again.",
            )


def _is_public(field: str, then: Bucket) -> bool:
    """Whether the field would make the bucket public if no setting suspended it."""
    exposure = bucket_exposure(then)
    return bool(exposure.statements if field == "policy" else exposure.grants)
