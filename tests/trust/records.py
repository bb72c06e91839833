"""Sample records."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from chalicelib.findings import AwsCall
from chalicelib.journal.record import Answer, Attempt, Closing, Opening, Record, remediation_id
from chalicelib.notify import Outcome, Status
from chalicelib.resources import IpPermission, Resource, SecurityGroup, Source, TaggedRule
from tests.flows.fakes import ACCOUNT, REGION, finding

AT = "2026-11-24T03:00:00+00:00"
SSH = IpPermission("tcp", 22, 22, (Source("ipv4", "0.0.0.0/0", "office"),))
GROUP = SecurityGroup(ACCOUNT, REGION, "sg-1", "web", (SSH,), rule_tags=(TaggedRule(SSH, {"team": "net"}),))
REVOKE = AwsCall(
    "ec2",
    "RevokeSecurityGroupIngress",
    {
        "GroupId": "sg-1",
        "IpPermissions": [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    },
)
REVOKED = Attempt(0, REVOKE, GROUP, AT, Answer.MADE, AT, "request-1")


def outcome(status: Status = Status.FIXED, **changes: Any) -> Outcome:
    return replace(
        Outcome(remediation_id(finding()), status, "ports", ACCOUNT, REGION, "AWS::EC2::SecurityGroup", "sg-1", AT, AT),
        **changes,
    )


def record(*attempts: Attempt, before: Resource | None = GROUP, closing: Closing | None = None) -> Record:
    opening = Opening(finding(), {"prohibitedPorts": "22"}, before, (REVOKE,), ("Mind.",))
    return Record(remediation_id(finding()), AT, "m-1", opening, attempts, closing)


texts = st.text(max_size=5)
sources = st.builds(Source, st.sampled_from(("ipv4", "ipv6", "prefix_list", "group")), texts, texts)
ports = st.none() | st.integers(-1, 65535)
permissions = st.builds(IpPermission, texts, ports, ports, st.lists(sources, max_size=2).map(tuple))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
policies = st.none() | st.dictionaries(texts, json_values, max_size=2)
