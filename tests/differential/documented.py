"""Whether a request is allowed, according to AWS's documentation.

Sources: Amazon S3 User Guide, How Amazon S3 authorizes a request, Access control list overview, and Blocking public
access to your Amazon S3 storage; IAM User Guide, Policy evaluation logic, and the JSON policy elements. Only whether a
policy is public, where RestrictPublicBuckets asks for it, is our own verdict.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from chalicelib.exposure.acls import Grant
from chalicelib.exposure.policies import Policy, statements_of
from chalicelib.resources import Bucket
from sandbox.environment import ACCOUNT_ID
from tests.differential.callers import COMMON, Caller, Probe
from tests.differential.operators import Context, filled, holds, matches
from tests.differential.quirks import AWS, CONTEXT_QUIRKS, Quirk, Quirks, is_public_policy
from tests.differential.vocabulary import ALL_USERS, AUTHENTICATED_USERS

type Statement = Mapping[str, Any]

ACL_PERMISSIONS = {
    "s3:ListBucket": "READ",
    "s3:PutObject": "WRITE",
    "s3:DeleteObject": "WRITE",
    "s3:GetBucketAcl": "READ_ACP",
    "s3:PutBucketAcl": "WRITE_ACP",
}
"""A bucket's ACL grants no access to objects."""


def admits(bucket: Bucket, caller: Caller, probe: Probe, quirks: Quirks = AWS) -> bool:
    """True if `bucket` allows `probe` for `caller`.

    Parameters
    ----------
    quirks
        Where the answer is the emulator's, not AWS's.
    """
    is_granted = _acl_admits(bucket, caller, probe, quirks)
    if is_granted and Quirk.ACL_BEFORE_DENY in quirks and caller.account_id != ACCOUNT_ID:
        return True
    context = _context(caller, probe, quirks)
    effects = {
        statement.get("Effect")
        for statement in statements_of(bucket.policy)
        if _applies(statement, caller, probe, context, quirks)
    }
    if "Deny" in effects:
        return False
    return is_granted or ("Allow" in effects and not _is_suspended(bucket, caller, quirks))


def is_granted(policy: Policy | None, grants: Iterable[Grant], probe: Probe) -> bool:
    """True if a statement or a grant is about the action of `probe`, for any principal."""
    by_acl = any(grant["Permission"] in _permissions(probe) for grant in grants if "URI" in grant["Grantee"])
    return by_acl or any(
        statement.get("Effect") == "Allow" and _covers(statement, "Action", probe.action, {}, AWS)
        for statement in statements_of(policy)
    )


def listed(value: Any) -> Iterable[Any]:
    """A scalar or a list of a policy document as a list."""
    return value if isinstance(value, list | tuple) else (value,)


def _is_suspended(bucket: Bucket, caller: Caller, quirks: Quirks) -> bool:
    """True if RestrictPublicBuckets limits the policy to the account's own users, because the policy is public."""
    restricts = bucket.bucket_block.restrict_public_buckets and caller.account_id != ACCOUNT_ID
    return restricts and is_public_policy(bucket.policy, quirks)


def _acl_admits(bucket: Bucket, caller: Caller, probe: Probe, quirks: Quirks) -> bool:
    if bucket.object_ownership == "BucketOwnerEnforced" or bucket.bucket_block.ignore_public_acls:
        return False
    if Quirk.NO_ACL_FOR_OWN_USERS in quirks and caller.account_id == ACCOUNT_ID:
        return False
    groups = {ALL_USERS, *([AUTHENTICATED_USERS] if caller.account_id else [])}
    return any(
        grant["Grantee"].get("URI") in groups and grant["Permission"] in _permissions(probe) for grant in bucket.grants
    )


def _permissions(probe: Probe) -> frozenset[str]:
    """The permissions of an ACL that give the action of `probe`."""
    permission = ACL_PERMISSIONS.get(probe.action)
    return frozenset((permission, "FULL_CONTROL")) if permission else frozenset()


def _applies(statement: Statement, caller: Caller, probe: Probe, context: Context, quirks: Quirks) -> bool:
    return (
        _is_about(statement, caller, quirks)
        and _covers(statement, "Action", probe.action, context, quirks)
        and _covers(statement, "Resource", probe.resource, context, quirks)
        and holds(_condition(statement.get("Condition") or {}, context, quirks), context)
    )


def _is_about(statement: Statement, caller: Caller, quirks: Quirks) -> bool:
    if "NotPrincipal" in statement:
        return Quirk.NO_NOT_PRINCIPAL not in quirks and not _names(statement["NotPrincipal"], caller, quirks)
    return _names(statement.get("Principal"), caller, quirks)


def _names(principal: object, caller: Caller, quirks: Quirks) -> bool:
    """True if `principal` names the caller itself.

    An account's name gives its users what their own policies allow as well; those of our user allow nothing.
    """
    if isinstance(principal, list) and Quirk.NO_BARE_LIST in quirks:
        return False
    named = principal.get("AWS", ()) if isinstance(principal, Mapping) else principal
    return any(
        value == "*" or bool(caller.arn and matches(value, caller.arn)) or value == caller.account_id != ACCOUNT_ID
        for value in listed(named)
        if value
    )


def _covers(statement: Statement, element: str, value: str, context: Context, quirks: Quirks) -> bool:
    exceptions = _texts(statement.get(f"Not{element}", ()), context, quirks)
    patterns = _texts(statement.get(element, ()), context, quirks)
    is_action = element == "Action"
    if f"Not{element}" in statement:
        return not any(matches(each, value, ignore_case=is_action) for each in exceptions)
    return any(matches(each, value, ignore_case=is_action) for each in patterns)


def _condition(condition: Statement, context: Context, quirks: Quirks) -> Statement:
    """`condition` as it is compared: with variables replaced, and with the operators that are actually used."""
    return {
        re.sub(r"Arn(Not)?(Equals|Like)", r"String\1Like", operator) if Quirk.ARNS_AS_TEXT in quirks else operator: {
            key: list(_texts(values, context, quirks)) for key, values in tests.items()
        }
        for operator, tests in condition.items()
    }


def _texts(values: Any, context: Context, quirks: Quirks) -> Iterable[Any]:
    """Values with their variables replaced; without those whose variable the request lacks, which match nothing."""
    for value in listed(values):
        if not isinstance(value, str) or Quirk.NO_VARIABLES in quirks:
            yield value
        elif (text := filled(value, context)) is not None:
            yield text


def _context(caller: Caller, probe: Probe, quirks: Quirks) -> Context:
    now = datetime.now(UTC)
    context: dict[str, str | None] = {
        **COMMON,
        **caller.context,
        **probe.context,
        "aws:sourceip": caller.address,
        "aws:securetransport": str(caller.tls).lower(),
        "aws:currenttime": now.isoformat(),
        "aws:epochtime": str(int(now.timestamp())),
    }
    for quirk, keys in CONTEXT_QUIRKS.items():
        if quirk in quirks:
            context |= keys(caller)
    return {key: value for key, value in context.items() if value is not None}
