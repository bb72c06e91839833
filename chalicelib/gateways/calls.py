"""The executor: makes the AWS calls of a plan, exactly as they stand in it."""

import logging
from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from chalicelib.errors import AwsRefused, DdAwsError, NotDone, Superseded
from chalicelib.gateways.clients import client, code
from chalicelib.messages import AwsCall

logger = logging.getLogger(__name__)

_MOVED_ON = frozenset({"InvalidPermission.NotFound", "NoSuchBucketPolicy", "InvalidGroup.NotFound", "NoSuchBucket"})
_REFUSED: Mapping[str, str] = {
    "MalformedPolicy": "S3 does not take the rest of this policy, perhaps because it names principals that no longer "
    "exist: mend the policy by hand.",
    "AccessDenied": "Something forbids our role this call (a bucket policy, an SCP, a permissions boundary): allow it, "
    "or make the call by hand.",
    "UnauthorizedOperation": "Something forbids our role this call (an SCP, a permissions boundary): allow it, or make "
    "the call by hand.",
    "AccessControlListNotSupported": "ACLs are disabled on this bucket: nothing has to be done.",
}


def make(call: AwsCall, account_id: str, region: str) -> None:
    """Make one call in an account and region.

    Raises
    ------
    Superseded
        What it would change has gone.
    AwsRefused
        AWS refuses it for good.
    NotDone
        It failed, and may succeed another time.
    """
    logger.info("calling %s:%s %s", call.service, call.action, call.parameters)
    operation = getattr(client(call.service, account_id, region), xform_name(call.action))
    try:
        answer: Mapping[str, Any] = operation(**call.parameters)
    except ClientError as error:
        raise _translated(error) from error
    if answer.get("UnknownIpPermissions"):
        raise Superseded(f"EC2 did not know {answer['UnknownIpPermissions']}")


def _translated(error: ClientError) -> DdAwsError:
    if code(error) in _MOVED_ON:
        return Superseded(str(error))
    if code(error) in _REFUSED:
        return AwsRefused(str(error), _REFUSED[code(error)])
    return NotDone(str(error))
