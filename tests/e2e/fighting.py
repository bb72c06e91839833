"""A tool that puts back what is closed, as Terraform does with what its configuration says."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox import Sandbox
from sandbox.demo.leaks import Leak
from sandbox.demo.planting import WORLD, group_open_to_ssh, permission
from sandbox.demo.probes import compliance
from sandbox.environment import ACCOUNT_ID, REGION
from tests.e2e.account import function, telling, texts
from tests.e2e.actors import UNTIL_TOLD, told_of_actors
from tests.e2e.people import User, create_user, ec2_of
from tests.e2e.waiting import eventually

TERRAFORM = "terraform"
USER_AGENT = "APN/1.0 HashiCorp/1.0 Terraform/1.14.0 terraform-provider-aws/6.21.0"
FIXES = 3
LOG_GROUP = f"/aws/lambda/{function('remediate_security_group')}"


@dataclass(frozen=True)
class Fight:
    """What is seen of a fight.

    Attributes
    ----------
    fixed : int
        How often people were told of a fix, the last one after the fight was noticed.
    left : dict
        What can be read of the group then.
    alarming : list of str
        What the remediator has logged that the stage's alarm listens for.
    """

    group: Leak
    fixed: int
    left: dict[str, str]
    told: list[str]
    alarming: list[str]


def group_to_fight_about(box: Sandbox) -> Leak:
    """A group that Terraform owns, as Terraform has just opened it."""
    return group_open_to_ssh(box, "terraformed")


def terraform(box: Sandbox) -> User:
    """A user that may open security groups, and no more."""
    opens = f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:security-group/*"
    return create_user(
        box, TERRAFORM, [{"Effect": "Allow", "Action": "ec2:AuthorizeSecurityGroupIngress", "Resource": opens}]
    )


def fight(box: Sandbox, group: Leak) -> Fight:
    """Open the group again each time it was closed, until that is noticed."""
    tool = ec2_of(box, terraform(box), USER_AGENT)
    for number in range(1, FIXES + 1):
        eventually(f"{group.resource_id} fixed {number} times", partial(_is_closed, box, group, number), 180)
        tool.authorize_security_group_ingress(GroupId=group.resource_id, IpPermissions=[permission(22, WORLD)])
    eventually("the fight told", lambda: telling(texts(box), "Flapping", group.resource_id), 180)
    eventually(f"{group.resource_id} closed again", partial(_is_closed, box, group, FIXES + 1), 180)
    told = texts(box)
    return Fight(
        group=group,
        fixed=len(telling(told, "Fixed", group.resource_id)),
        left=group.read(),
        told=telling(told, "Flapping", group.resource_id),
        alarming=eventually("the log of it", lambda: _alarming(box, group)),
    )


def wait_until_told_of(box: Sandbox, group: Leak) -> list[str]:
    """What Slack says of who opened a group, once it says that it was Terraform; the first time it was not."""
    return eventually("told that it is Terraform", partial(_told_of_terraform, box, group), UNTIL_TOLD)


def _told_of_terraform(box: Sandbox, group: Leak) -> list[str]:
    return [text for text in told_of_actors(box, group.resource_id) if f":user/{TERRAFORM}`" in text]


def _is_closed(box: Sandbox, group: Leak, times: int) -> bool:
    """Whether it was fixed so often, and AWS Config has seen it: what opens again sooner is no change to it."""
    is_compliant = compliance(box, group.resource_type, group.resource_id) == "COMPLIANT"
    return is_compliant and len(telling(texts(box), "Fixed", group.resource_id)) >= times


def _alarming(box: Sandbox, group: Leak) -> list[str]:
    """What the metric filter under the alarm finds in the remediator's log about the group."""
    logs: Any = box.client("logs")
    [pattern] = [
        each["filterPattern"] for each in logs.describe_metric_filters(logGroupName=LOG_GROUP)["metricFilters"]
    ]
    events = logs.filter_log_events(logGroupName=LOG_GROUP, limit=10_000)["events"]
    lines = [str(event["message"]) for event in events]
    return [line for line in lines if json.loads(pattern) in line and group.resource_id in line]
