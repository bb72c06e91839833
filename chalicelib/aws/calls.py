"""The executor: makes the AWS calls of a plan, unchanged."""

import logging
from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from chalicelib.aws.clients import client
from chalicelib.aws.errors import aws_errors, code
from chalicelib.errors import AwsRefused, Superseded
from chalicelib.findings import AwsCall

logger = logging.getLogger(__name__)

_MOVED_ON = frozenset(
    {
        "InvalidPermission.NotFound",
        "InvalidPermission.Duplicate",
        "InvalidGroup.NotFound",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "AccessControlListNotSupported",
    }
)
"""Error codes if the target of the call no longer exists, or its result already exists, or ACLs were disabled after the
bucket was read."""
_AS_IF_DONE = frozenset({"InvalidPermission.NotFound", "InvalidPermission.Duplicate", "NoSuchBucketPolicy"})
"""Error codes for a call that was already carried out, for example by a first try whose response was lost."""
_REFUSED: Mapping[str, str] = {
    "MalformedPolicy": "S3 does not accept the rest of this policy: it may name a principal that no longer exists, or "
    "exceed 20 KB in S3's own notation. Correct the policy by hand, or set the rule's bucketFix to block.",
    "MalformedACLError": "S3 does not accept the rest of this ACL: correct it by hand, disable ACLs on the bucket "
    "(Object Ownership), or set the rule's bucketFix to block.",
    "InvalidArgument": "S3 does not accept the rest of this ACL, which may name an account that no longer exists: "
    "correct it by hand, disable ACLs on the bucket (Object Ownership), or set the rule's bucketFix to block.",
    "InvalidRequest": "S3 refuses this change for the reason above: change the bucket by hand.",
    "AccessDenied": "A policy denies our role this call: the bucket's policy, Block Public Access, an SCP, an RCP or a "
    "permissions boundary; or another account owns the bucket now. Allow the call, or make it by hand. The account's "
    "root user can put and delete a bucket policy whatever that policy denies.",
    "MethodNotAllowed": "Only an identity of the bucket owner's account may do this: make the call from that account.",
    "RulesPerSecurityGroupLimitExceeded": "Remove rules that are not needed, request a higher quota (Amazon VPC, "
    "L-0EA8095F, Inbound or outbound rules per security group), or set the rule's portRange to revoke.",
    "UnauthorizedOperation": "A policy denies our role this call (an SCP or a permissions boundary): allow it, or make "
    "the call by hand.",
}


@aws_errors
def make(call: AwsCall, account_id: str, region: str) -> Mapping[str, Any]:
    """Make one call in an account and region; return AWS's response.

    Raises
    ------
    Superseded
        The target of the call no longer exists.
    AwsRefused
        AWS refuses the call permanently.
    NotDone
        The call failed, and may succeed later. If no response came, the call may have been carried out.
    """
    logger.info("calling %s:%s %s", call.service, call.action, call.parameters)
    operation = getattr(client(call.service, account_id, region), xform_name(call.action))
    try:
        answer: Mapping[str, Any] = operation(**call.parameters)
    except ClientError as error:
        if code(error) in _MOVED_ON:
            tries = error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0) + 1
            raise Superseded(str(error), is_perhaps_ours=tries > 1 and code(error) in _AS_IF_DONE) from error
        if code(error) in _REFUSED:
            raise AwsRefused(str(error), _REFUSED[code(error)]) from error
        raise
    if answer.get("UnknownIpPermissions"):
        raise Superseded(f"EC2 does not have the permissions {answer['UnknownIpPermissions']}", answer)
    return answer
