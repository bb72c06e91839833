"""People who decide about what waits, and may do no more than that takes."""

import json
from collections.abc import Mapping
from typing import Any

from sandbox import Sandbox
from sandbox.demo.deployment import Deployment
from sandbox.project import STAGE
from tests.e2e.people import create_user

DECIDER = "decider"
TABLES = f"arn:aws:dynamodb:*:*:table/dd-aws-{STAGE}"


def _allow(resource: str, *actions: str) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}


STATEMENTS = (
    _allow(f"arn:aws:dynamodb:*:*:table/dd-aws-{STAGE}-journal", "dynamodb:Query", "dynamodb:PutItem"),
    _allow(f"arn:aws:dynamodb:*:*:table/dd-aws-{STAGE}-journal/index/by-due", "dynamodb:Query"),
    _allow(
        f"arn:aws:dynamodb:*:*:table/dd-aws-{STAGE}-trust", "dynamodb:Query", "dynamodb:GetItem", "dynamodb:PutItem"
    ),
    _allow(f"arn:aws:sns:*:*:dd-aws-{STAGE}-notifications", "sns:Publish"),
    _allow("*", "config:DescribeConfigRules", "config:StartConfigRulesEvaluation"),
    _allow("*", "s3:GetBucketPolicy", "s3:GetBucketPolicyStatus", "s3:GetBucketAcl", "s3:GetBucketPublicAccessBlock"),
    _allow("*", "s3:GetAccountPublicAccessBlock"),
    _allow(f"arn:aws:lambda:*:*:function:dd-aws-{STAGE}-coordinator", "lambda:GetFunctionConfiguration"),
)
"""What it takes to see what waits, to approve it, to reject it, and to exempt it."""


def deciders(box: Sandbox, deployment: Deployment) -> Deployment:
    """The deployment in the hands of a new user who may decide, and no more."""
    return deployment.run_by(create_user(box, DECIDER, STATEMENTS).credentials)


def waiting(deployment: Deployment) -> dict[str, dict[str, Any]]:
    """What waits for people, by resource id, as ``ddaws waiting --json`` tells it."""
    found: list[dict[str, Any]] = json.loads(deployment.run("waiting", "--json"))
    return {each["finding"]["targetResourceId"]: each for each in found}
