"""The journal under enforced IAM: a remediator may do just what it takes to keep it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from chalicelib.journal.record import Closing
from chalicelib.journal.store import Journal
from tests.infrastructure.declarations import PROJECT, REMEDIATORS
from tests.tables import create_table
from tests.trust.records import AT, REVOKED, outcome, record

pytestmark = pytest.mark.e2e

TABLE = "dd-aws-dev-journal"


@pytest.mark.parametrize("function", REMEDIATORS)
def test_a_remediators_role_may_keep_the_journal_and_delete_nothing(
    function: str, emulator: Callable[[str], Any]
) -> None:
    root = emulator("dynamodb")
    create_table(root, TABLE, "dev")
    own = _client_of(function, emulator)
    try:
        journal = Journal(own, TABLE)
        opened = record()
        journal.open(opened)
        journal.attempt(opened, replace(REVOKED, answered_at=""))
        journal.answer(opened, REVOKED)
        closed = replace(opened.with_attempt(REVOKED), closing=Closing(AT, outcome()), told="told")
        journal.close(closed)
        journal.mark_told(closed)
        assert journal.read(opened.remediation_id) == closed
        with pytest.raises(ClientError, match="AccessDenied"):
            own.delete_item(
                TableName=TABLE, Key={"remediationId": {"S": opened.remediation_id}, "part": {"S": "record"}}
            )
    finally:
        own.close()
        root.delete_table(TableName=TABLE)


def _client_of(function: str, emulator: Callable[[str], Any]) -> Any:
    """DynamoDB for a user who may do what the function's role may."""
    iam = emulator("iam")
    policy = (PROJECT / ".chalice" / "policies" / "dev" / f"{function}.json").read_text()
    iam.create_user(UserName=function)
    iam.put_user_policy(UserName=function, PolicyName="role", PolicyDocument=json.dumps(json.loads(policy)))
    key = iam.create_access_key(UserName=function)["AccessKey"]
    return boto3.client(
        "dynamodb",
        endpoint_url=iam.meta.endpoint_url,
        region_name=iam.meta.region_name if iam.meta.region_name != "aws-global" else "eu-west-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"max_attempts": 1}, proxies={}),
    )
