"""Repairs by a remediator if AWS does more, or less, than the plan."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.errors import NotDone, Superseded
from chalicelib.findings import AwsCall, WorkOrder
from chalicelib.notify import Status
from chalicelib.pipeline.remediate import remediate
from chalicelib.resources import IpPermission, SecurityGroup, Source
from chalicelib.rules import SECURITY_GROUP_RULE

from .fakes import SOURCE_URL, FakeRemediator, finding, group

CARVE = {"prohibitedPorts": "22", "portRange": "carve"}
WEB = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "0.0.0.0/0"}
ANYONE = (Source("ipv4", "0.0.0.0/0"),)
RANGE = replace(group(), ingress=(IpPermission("tcp", 20, 30, ANYONE),))
OPEN = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 443, "0.0.0.0/0"))


def event() -> dict[str, Any]:
    body = json.dumps(WorkOrder(SOURCE_URL, "h1", finding()).to_json())
    return {"Records": [{"body": body, "attributes": {"ApproximateReceiveCount": "1"}}]}


def ec2(fake: FakeRemediator, call: AwsCall) -> None:
    """Revoke or authorize entries with one source each, as EC2 does."""
    named = [
        IpPermission(each["IpProtocol"], each["FromPort"], each["ToPort"], ANYONE)
        for each in call.parameters["IpPermissions"]
    ]
    here: SecurityGroup = fake.resource
    kept = tuple(each for each in here.ingress if each not in named)
    added = tuple(named) if call.action == "AuthorizeSecurityGroupIngress" else ()
    fake.resource = replace(here, ingress=(*kept, *added))


def actions(fake: FakeRemediator) -> list[str]:
    return [call.action.removesuffix("SecurityGroupIngress") for call in fake.made]


def too_much(fake: FakeRemediator, call: AwsCall) -> Mapping[str, Any] | None:
    """Revoke all rules of the group, and return them."""
    if call.action == "AuthorizeSecurityGroupIngress":
        return ec2(fake, call)
    fake.resource = group()
    return {"RevokedSecurityGroupRules": [{**WEB, "FromPort": 22, "ToPort": 22}, WEB]}


def test_what_aws_did_beyond_the_plan_is_repaired_at_once_and_told() -> None:
    gateways = FakeRemediator(OPEN, too_much)
    remediate(event(), SECURITY_GROUP_RULE, gateways)
    assert actions(gateways) == ["Revoke", "Authorize"]
    assert gateways.resource == group(("tcp", 443, "0.0.0.0/0"))
    [outcome] = gateways.published
    assert (outcome.status, outcome.added) == (Status.FIXED, ())
    assert outcome.notes == ("EC2 also revoked tcp 443 from 0.0.0.0/0, which was not planned. It was restored.",)


def test_a_repair_that_fails_is_left_to_a_person_who_is_told_the_very_call() -> None:
    def no_way_back(fake: FakeRemediator, call: AwsCall) -> Mapping[str, Any] | None:
        if call.action == "AuthorizeSecurityGroupIngress":
            raise NotDone("RequestLimitExceeded")
        return too_much(fake, call)

    gateways = FakeRemediator(OPEN, no_way_back)
    remediate(event(), SECURITY_GROUP_RULE, gateways)
    [outcome] = gateways.published
    assert outcome.status is Status.FAILED
    assert "RequestLimitExceeded" in outcome.reason
    assert "AuthorizeSecurityGroupIngress" in outcome.next_step
    assert '"FromPort": 443' in outcome.next_step


def gone(fake: FakeRemediator, call: AwsCall) -> None:
    """Somebody else revokes the range just before us."""
    if call.action == "RevokeSecurityGroupIngress" and call.parameters["IpPermissions"][0]["ToPort"] == 30:
        fake.resource = replace(fake.resource, ingress=fake.resource.ingress[1:])
        fake.apply = ec2
        raise Superseded("InvalidPermission.NotFound")
    ec2(fake, call)


def test_what_was_put_back_for_an_entry_that_is_gone_is_taken_back_and_nothing_is_claimed() -> None:
    gateways = FakeRemediator(RANGE, gone, parameters=CARVE)
    remediate(event(), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == group()
    [outcome] = gateways.published
    assert (outcome.status, outcome.removed, outcome.added) == (Status.SUPERSEDED, (), ())
    assert len(outcome.notes) == 2


def test_after_taking_something_back_the_rest_waits_for_the_next_delivery() -> None:
    both = replace(RANGE, ingress=(*RANGE.ingress, IpPermission("tcp", 22, 40, ANYONE)))
    gateways = FakeRemediator(both, gone, parameters=CARVE)
    with pytest.raises(ExceptionGroup):
        remediate(event(), SECURITY_GROUP_RULE, gateways)
    assert actions(gateways) == ["Authorize", "Revoke"]
    assert gateways.resource.ingress == (IpPermission("tcp", 22, 40, ANYONE),)
    assert gateways.deleted == []


def test_an_added_rule_stays_if_somebody_else_revoked_its_original_after_an_earlier_delivery_died() -> None:
    class Killed(BaseException):
        """The process dies."""

    def killed_in_between(fake: FakeRemediator, call: AwsCall) -> None:
        ec2(fake, call)
        raise Killed

    gateways = FakeRemediator(RANGE, killed_in_between, parameters=CARVE)
    with pytest.raises(Killed):
        remediate(event(), SECURITY_GROUP_RULE, gateways)
    left = replace(gateways.resource, ingress=gateways.resource.ingress[1:])
    gateways.resource, gateways.apply = left, ec2
    remediate(event(), SECURITY_GROUP_RULE, gateways)
    assert gateways.resource == left
    [outcome] = gateways.published
    assert any("RevokeSecurityGroupIngress" in note and "of which this one is a part" in note for note in outcome.notes)
