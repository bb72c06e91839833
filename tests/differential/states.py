"""The parts of a bucket's state that decide about its exposure, and the shared cases as such states."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.resources import BlockPublicAccess
from sandbox.environment import ACCOUNT_ID
from tests import cases
from tests.differential.callers import BUCKET

type Json = Mapping[str, Any]

ALL_OFF = BlockPublicAccess()
ACLS_COUNT = "ObjectWriter"
OWNER = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
"""A placeholder for the ID of the bucket's owner."""
OWNERS_GRANT = {"Grantee": {"Type": "CanonicalUser", "ID": OWNER}, "Permission": "FULL_CONTROL"}


@dataclass(frozen=True)
class State:
    """The values to put on the bucket.

    Attributes
    ----------
    label : bool or None
        Whether the bucket is public by a label that others gave it; None: it has none.
    """

    name: str
    policy: Json | None = None
    grants: tuple[Json, ...] = (OWNERS_GRANT,)
    object_ownership: str = ACLS_COUNT
    block: BlockPublicAccess = ALL_OFF
    label: bool | None = None


def shared_cases() -> tuple[State, ...]:
    """The shared cases, on our bucket in our account; a setting of the account's block is put on the bucket."""
    return tuple(map(_state, cases.s3_cases()))


def _state(case: Json) -> State:
    bucket = cases.bucket(dict(case))
    account = bucket.account_block or ALL_OFF
    policy = json.dumps(case["policy"]).replace("example-bucket", BUCKET).replace(cases.ACCOUNT, ACCOUNT_ID)
    return State(
        name=case["id"],
        policy=json.loads(policy),
        grants=bucket.grants or (OWNERS_GRANT,),
        object_ownership=bucket.object_ownership or ACLS_COUNT,
        block=replace(account, **{name: True for name, is_on in vars(bucket.bucket_block).items() if is_on}),
        label=case["expected_public"],
    )
