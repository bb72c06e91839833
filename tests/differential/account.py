"""The account in which the states are put on a bucket, evaluated and fixed."""

import json
from dataclasses import replace
from typing import Any

from botocore import xform_name

from chalicelib.findings import Violation
from chalicelib.resources import Bucket
from chalicelib.rules import S3_BUCKET_RULE as RULE
from chalicelib.rules.s3_bucket.read import Buckets
from sandbox import Sandbox
from sandbox.environment import ACCOUNT_ID, REGION
from tests.differential.callers import BUCKET, OBJECT, TAGS
from tests.differential.states import ACLS_COUNT, ALL_OFF, OWNER, State

PARAMETERS = RULE.parameters({})


class Account:
    """An account of the sandbox with one bucket that contains one object."""

    def __init__(self, box: Sandbox) -> None:
        self._s3 = box.client("s3")
        self._buckets = Buckets(self._s3, box.client("s3control"), ACCOUNT_ID, REGION)
        self._s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        tagging = "&".join(f"{name}={value}" for name, value in TAGS.items())
        self._s3.put_object(Bucket=BUCKET, Key=OBJECT, Body=b"For our eyes only.\n", Tagging=tagging)
        self._owner = self._s3.get_bucket_acl(Bucket=BUCKET)["Owner"]
        self._state: State | None = None

    def put(self, state: State) -> None:
        """Put `state` on the bucket, Block Public Access last; ClientError if S3 does not accept it."""
        was, self._state = self._state, None
        if was is None or was.block != ALL_OFF:
            self._s3.delete_public_access_block(Bucket=BUCKET)
        if was is None or was.object_ownership != ACLS_COUNT:
            self._put_ownership(ACLS_COUNT)
        if was is None or was.grants != state.grants:
            self._put_acl(state)
        if was is None or was.policy != state.policy:
            self._put_policy(state)
        if state.object_ownership != ACLS_COUNT:
            self._put_ownership(state.object_ownership)
        if state.block != ALL_OFF:
            block = {_pascal_case(name): is_on for name, is_on in vars(state.block).items()}
            self._s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
        self._state = state

    def judge(self) -> tuple[Bucket, tuple[Violation, ...]]:
        """The bucket as our gateway reads it, and our rule's result."""
        read = self._buckets.get(BUCKET)
        assert read
        bucket = self._told(read, RULE.lacking(read, PARAMETERS))
        return bucket, RULE.violations(bucket, PARAMETERS)

    def fix(self, seen: Bucket) -> None:
        """Make the calls of the plan for the bucket as it was `seen`."""
        assert self._state
        self._state = replace(self._state, policy={"changed by": "the plan"}, grants=())
        for call in RULE.plan(self._told(seen, RULE.lacking_to_fix(seen, PARAMETERS)), PARAMETERS).calls:
            getattr(self._s3, xform_name(call.action))(**call.parameters)

    def _told(self, bucket: Bucket, facts: frozenset[Any]) -> Bucket:
        return self._buckets.with_facts(bucket, facts) if facts else bucket

    def _put_ownership(self, ownership: str) -> None:
        controls = {"Rules": [{"ObjectOwnership": ownership}]}
        self._s3.put_bucket_ownership_controls(Bucket=BUCKET, OwnershipControls=controls)

    def _put_acl(self, state: State) -> None:
        grants = json.loads(json.dumps(state.grants).replace(OWNER, self._owner["ID"]))
        self._s3.put_bucket_acl(Bucket=BUCKET, AccessControlPolicy={"Owner": self._owner, "Grants": grants})

    def _put_policy(self, state: State) -> None:
        if state.policy is None:
            self._s3.delete_bucket_policy(Bucket=BUCKET)
        else:
            self._s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(state.policy))


def _pascal_case(name: str) -> str:
    return name.title().replace("_", "")
