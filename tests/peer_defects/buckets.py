"""Live buckets, and their processing by the functions."""

from collections.abc import Mapping
from typing import Any

from tests.answers import policy_status
from tests.handlers.buckets import BUCKET, make, state
from tests.handlers.conftest import Account
from tests.handlers.events import bucket_change
from tests.handlers.pipeline import carried_out, dispatched, evaluate_s3_bucket

REMEDIATOR = "remediate_s3_bucket"
PARTNER = "arn:aws:iam::111122223333:root"
GROUPS = "http://acs.amazonaws.com/groups/global"

Statement = dict[str, Any]
Grant = dict[str, Any]


def statement(principal: object, sid: str = "") -> Statement:
    """A statement that allows `principal` to read the bucket's objects."""
    named = {"Sid": sid} if sid else {}
    return {
        **named,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }


def everyone(**condition: Mapping[str, Any]) -> Statement:
    """A statement for everyone, under a condition given by operator."""
    unlimited = statement("*")
    return {**unlimited, "Condition": condition} if condition else unlimited


PARTNERS = statement({"AWS": PARTNER}, "Partner")
DENY_HTTP: Statement = {
    "Sid": "TlsOnly",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": f"arn:aws:s3:::{BUCKET}/*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def grant(permission: str, group: str) -> Grant:
    return {"Grantee": {"Type": "Group", "URI": f"{GROUPS}/{group}"}, "Permission": permission}


def grant_to_user(permission: str, name: str) -> Grant:
    return {"Grantee": {"Type": "CanonicalUser", "ID": "79a59df9" * 8, "DisplayName": name}, "Permission": permission}


OWNERS = grant_to_user("FULL_CONTROL", "owner")


def block(*flags: str) -> dict[str, bool]:
    """Block Public Access with these of its four settings on."""
    every = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    assert set(flags) <= set(every)
    return {flag: flag in flags for flag in every}


class LiveBucket:
    """A bucket of the account.

    Parameters
    ----------
    policy : list or Statement, optional
        ``Statement`` of its policy.
    grants : list, optional
        What its ACL grants beside the owner's full control.
    block, account_block : dict, optional
        Block Public Access.
    """

    def __init__(
        self,
        account: Account,
        policy: list[Statement] | Statement | None = None,
        grants: list[Grant] | None = None,
        *,
        block: dict[str, bool] | None = None,
        account_block: dict[str, bool] | None = None,
        ownership: str | None = None,
        name: str = BUCKET,
    ) -> None:
        self._account = account
        self.name = name
        self._case = {
            "policy": {"Version": "2012-10-17", "Statement": policy} if policy else None,
            "acl_grants": [OWNERS, *grants] if grants else None,
            "public_access_block": block,
            "account_public_access_block": account_block,
            "object_ownership": ownership,
        }
        self._owner = make(account, self._case, name)

    @property
    def statements(self) -> list[Statement]:
        return state(self._account, self.name)[0]

    @property
    def grants(self) -> list[Grant]:
        return state(self._account, self.name)[1]

    @property
    def block(self) -> dict[str, bool]:
        answer = self._account.s3.get_public_access_block(Bucket=self.name)
        return dict(answer["PublicAccessBlockConfiguration"])

    def evaluate(self, **parameters: str) -> None:
        """AWS Config's event about the bucket as it was created."""
        evaluate_s3_bucket(self.change(**parameters), None)

    def change(self, **parameters: str) -> dict[str, Any]:
        return bucket_change(self.name, self._case, parameters, self._owner)

    def dispatch(self, **parameters: str) -> dict[str, Any]:
        """From AWS Config's event to the remediator's."""
        self.evaluate(**parameters)
        return dispatched(self._account, REMEDIATOR)

    def carry_out(self, order: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The outcomes of the remediator, with a policy status of S3 that says public."""
        with policy_status(True):
            return carried_out(self._account, REMEDIATOR, order)

    def heal(self, **parameters: str) -> list[str]:
        """From AWS Config's event to the outcome's status; no outcome if there is nothing to fix."""
        return [outcome["status"] for outcome in self.carry_out(self.dispatch(**parameters))]
