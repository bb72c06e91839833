"""A pipeline opens a group; minutes after the fix Slack says who that was. Other chapters are played meanwhile."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from sandbox import Sandbox
from sandbox.demo.planting import GROUP, OFFICE, WORLD, create_group, permission
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.project import STAGE
from tests.e2e.account import Letter, depth, letters, send, telling, texts
from tests.e2e.actors import told_of_actors, wait_until_the_actor_is_told
from tests.e2e.waiting import eventually

INVESTIGATION = f"dd-aws-{STAGE}-investigation"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.9.8"
ROLE, SESSION = "deploy", "run-42"
NO_QUESTION = "this is no question of ours"
NEVER_THERE, NOT_THERE_YET = "sg-00000000000000001", "sg-00000000000000002"
"""Groups of which CloudTrail has nothing: somebody asked about the one long ago, about the other just now."""


@dataclass(frozen=True)
class Asked:
    """What is seen once the pipeline's group is fixed.

    Attributes
    ----------
    told_at_once : list of str
        What Slack says by then of who it was.
    waiting : int
        How many questions wait then.
    """

    group_id: str
    told_at_once: list[str]
    waiting: int


@dataclass(frozen=True)
class Who:
    """What is seen when the answers are there."""

    asked: Asked
    told: list[str]
    told_of_nobody: list[str]
    told_too_early: list[str]
    kept: list[Letter]


def play_asked(box: Sandbox) -> Asked:
    """Have a pipeline open a group, and wait until that is fixed."""
    group_id = create_group(box, "pipelines", (22, OFFICE))
    _pipeline(box).authorize_security_group_ingress(GroupId=group_id, IpPermissions=[permission(22, WORLD)])
    eventually(f"{group_id} fixed", partial(_fixed, box, group_id))
    return Asked(group_id, told_of_actors(box, group_id), depth(box, INVESTIGATION))


def play_told(box: Sandbox, asked: Asked) -> Who:
    """Ask what has no answer, and what is no question; then wait for who it was."""
    send(box, INVESTIGATION, NO_QUESTION)
    send(box, INVESTIGATION, _question(NOT_THERE_YET, timedelta(0)))
    send(box, INVESTIGATION, _question(NEVER_THERE, timedelta(minutes=20)))
    eventually("the letter", lambda: letters(box, f"{INVESTIGATION}-dlq"))
    of_nobody = wait_until_the_actor_is_told(box, NEVER_THERE)
    told = wait_until_the_actor_is_told(box, asked.group_id)
    too_early = told_of_actors(box, NOT_THERE_YET)
    return Who(asked, told, of_nobody, too_early, letters(box, f"{INVESTIGATION}-dlq"))


def _fixed(box: Sandbox, group_id: str) -> list[str]:
    return telling(texts(box), "Fixed", group_id)


def _pipeline(box: Sandbox) -> Any:
    """EC2 for a session of a role that may open groups, and says of itself what Terraform says."""
    iam = box.client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=json.dumps(_document({"Principal": {"AWS": ACCOUNT_ID}})))
    opening = {"Action": "ec2:AuthorizeSecurityGroupIngress", "Resource": "*"}
    iam.put_role_policy(RoleName=ROLE, PolicyName=ROLE, PolicyDocument=json.dumps(_document(opening)))
    role = f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE}"
    key = box.client("sts").assume_role(RoleArn=role, RoleSessionName=SESSION)["Credentials"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], key["SessionToken"], region_name=REGION)
    config = Config(proxies={}, user_agent=TERRAFORM)
    return session.client("ec2", endpoint_url=box.running.front, config=config)


def _document(statement: Mapping[str, Any]) -> dict[str, Any]:
    action = {} if "Action" in statement else {"Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **action, **statement}]}


def _question(group_id: str, ago: timedelta) -> dict[str, Any]:
    asked = datetime.now(UTC) - ago
    details = {"reason": "tcp 22 is open", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrs": [WORLD]}
    return {
        "version": "1",
        "remediationId": "r-0",
        "raisedByRule": "a-rule",
        "awsAccountId": ACCOUNT_ID,
        "awsRegion": REGION,
        "targetResourceType": GROUP,
        "targetResourceId": group_id,
        "detectedAt": asked.isoformat(),
        "askedAt": asked.isoformat(),
        "violations": [{"violationType": "EC2_SG_PROHIBITED_PORT", "violationDetails": details}],
    }
