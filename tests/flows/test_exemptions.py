"""Evaluators and remediators read exemptions only for resources that would otherwise be non-compliant."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.errors import NotDone
from chalicelib.exemptions.exemptions import Exemption, granted, resource_key
from chalicelib.exemptions.scopes import PortScope
from chalicelib.exposure.networks import network_of
from chalicelib.exposure.ports import PortRange
from chalicelib.findings import AwsCall
from chalicelib.notify import ExemptionNews
from chalicelib.pipeline.evaluate import evaluate
from chalicelib.pipeline.remediate import remediate
from chalicelib.resources import PrefixList, SecurityGroup
from chalicelib.rules import S3_BUCKET_RULE
from chalicelib.rules import SECURITY_GROUP_RULE as RULE
from tests.exposure.strategies import security_groups
from tests.flows.exemptions import FakeExemptions
from tests.flows.fakes import FakeEvaluator, FakeInventory, FakeRemediator, group
from tests.flows.test_evaluate import CLOSED, OPEN, SCHEDULED, change
from tests.flows.test_remediate import event, order
from tests.rules.ec2 import Ec2, as_stored

START = datetime.fromisoformat("2025-12-25T00:00:00+00:00")
UNREADABLE = NotDone("AccessDeniedException")
TWO = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 22, "::/0"))


def exempt(some: SecurityGroup, days: int = 30, last: int | None = None) -> tuple[Exemption, ...]:
    """Exemptions of all violations of a group, or of the first `last` ones, for some days after Christmas."""
    scopes = RULE.scopes(some, RULE.parameters({"prohibitedPorts": "22"}))
    return granted(some, scopes[:last], "alice", "OPS-7", START + timedelta(days=days), START)


def evaluated(some: SecurityGroup, **gateways: Any) -> tuple[str, str, FakeEvaluator]:
    fake = FakeEvaluator(FakeInventory([some]), **gateways)
    evaluate(change(resource_id=some.group_id), RULE, fake)
    [result] = fake.evaluations
    return result["ComplianceType"], result.get("Annotation", ""), fake


def remediated(some: SecurityGroup, **gateways: Any) -> FakeRemediator:
    def close(fake: FakeRemediator, call: Any) -> None:
        fake.resource = replace(some, ingress=())

    fake = FakeRemediator(some, close, parameters={"prohibitedPorts": "22"}, **gateways)
    remediate(event(order()), RULE, fake)
    return fake


def test_what_is_exempt_is_compliant_and_the_annotation_says_why_and_until_when() -> None:
    verdict, annotation, fake = evaluated(OPEN, exemptions=FakeExemptions(exempt(OPEN)))
    assert verdict == "COMPLIANT"
    assert annotation == "exempt until 2026-01-24: OPS-7 (alice); tcp 22 (port 22 SSH) is open to 0.0.0.0/0"
    assert fake.findings == []


def test_a_group_is_compliant_only_if_all_its_violations_are_exempt() -> None:
    verdict, annotation, fake = evaluated(TWO, exemptions=FakeExemptions(exempt(TWO, last=1)))
    assert (verdict, annotation) == ("NON_COMPLIANT", "tcp 22 (port 22 SSH) is open to ::/0")
    [finding] = fake.findings
    [step] = finding["requiredSteps"]
    assert [list(each) for each in step["parameters"]["IpPermissions"]] == [
        ["IpProtocol", "FromPort", "ToPort", "Ipv6Ranges"]
    ]


def test_an_exemption_that_has_ended_counts_for_nothing() -> None:
    verdict, _, fake = evaluated(OPEN, exemptions=FakeExemptions(exempt(OPEN, days=7)))
    assert verdict == "NON_COMPLIANT"
    assert len(fake.findings) == 1


def test_exemptions_are_read_only_for_resources_that_would_otherwise_be_non_compliant() -> None:
    assert evaluated(CLOSED)[2].exemptions.asked == []
    fake = FakeEvaluator(FakeInventory([OPEN, CLOSED]))
    evaluate(SCHEDULED, RULE, fake)
    assert fake.exemptions.asked == [resource_key(OPEN)]
    assert remediated(replace(OPEN, ingress=())).exemptions.asked == []


def test_if_exemptions_cannot_be_read_none_applies_and_the_annotation_says_so() -> None:
    verdict, annotation, fake = evaluated(OPEN, exemptions=FakeExemptions(exempt(OPEN), UNREADABLE))
    assert verdict == "NON_COMPLIANT"
    assert annotation.startswith("exemptions cannot be read and are ignored; tcp 22")
    assert len(fake.findings) == 1


def test_where_exemptions_cannot_be_read_nothing_is_changed_and_it_is_tried_again() -> None:
    fake = FakeRemediator(OPEN, exemptions=FakeExemptions(unreadable=UNREADABLE))
    with pytest.raises(ExceptionGroup) as caught:
        remediate(event(order()), RULE, fake)
    assert caught.value.exceptions == (UNREADABLE,)
    assert fake.made == []
    assert fake.deleted == []


def test_what_is_exempt_is_not_fixed_and_the_outcome_says_why() -> None:
    fake = remediated(OPEN, exemptions=FakeExemptions(exempt(OPEN)))
    assert fake.made == []
    [outcome] = fake.published
    assert outcome.status == "already_compliant"
    assert "exempt until 2026-01-24: OPS-7 (alice)" in outcome.notes


def test_violations_that_are_not_exempt_are_fixed() -> None:
    fake = remediated(TWO, exemptions=FakeExemptions(exempt(TWO, last=1)))
    [call] = fake.made
    [entry] = call.parameters["IpPermissions"]
    assert entry["Ipv6Ranges"] == [{"CidrIpv6": "::/0"}]


@pytest.mark.parametrize(("allowed", "verdict"), [(True, "COMPLIANT"), (False, "NON_COMPLIANT")])
def test_the_tag_exempts_where_the_stage_allows_it_alone(allowed: bool, verdict: str) -> None:
    tagged = replace(OPEN, tags={"dd-aws:exempt-until": "2026-06-01"})
    assert evaluated(tagged, allow_exempt_tag=allowed)[0] == verdict
    assert bool(remediated(tagged, allow_exempt_tag=allowed).made) is not allowed


def test_tags_are_read_only_if_they_count_and_something_is_non_compliant() -> None:
    for allowed, some in ((True, CLOSED), (False, OPEN)):
        assert evaluated(some, allow_exempt_tag=allowed)[2].known.asked == []


def told(fake: FakeEvaluator, days: float) -> list[str]:
    """The notifications of a scheduled run, `days` after Christmas."""
    fake.clock, fake.published = (START + timedelta(days=days)).isoformat(), []
    evaluate(SCHEDULED, RULE, fake)
    return [each.event for each in fake.published if isinstance(each, ExemptionNews)]


def test_people_are_reminded_a_week_and_a_day_before_an_end_and_told_of_it_each_once() -> None:
    fake = FakeEvaluator(FakeInventory([OPEN]), exemptions=FakeExemptions(exempt(OPEN)))
    days = [day for day in range(45) for _ in told(fake, day)]
    assert days == [22, 28, 30]
    assert told(fake, 45) == []


def test_a_reminder_comes_in_time_whenever_the_daily_run_is() -> None:
    for offset in (0.0, 0.3, 0.99):
        fake = FakeEvaluator(FakeInventory([OPEN]), exemptions=FakeExemptions(exempt(OPEN)))
        week, day, end = [day + offset for day in range(45) for _ in told(fake, day + offset)]
        assert 7 <= 30 - week <= 8
        assert 1 <= 30 - day <= 2
        assert 0 <= end - 30 <= 1


def test_what_is_told_names_resource_owner_reason_and_end() -> None:
    fake = FakeEvaluator(FakeInventory([OPEN]), exemptions=FakeExemptions(exempt(OPEN)))
    told(fake, 29)
    [news] = fake.published
    assert isinstance(news, ExemptionNews)
    assert (news.target_resource_id, news.owner, news.reason, news.until) == (
        "sg-1",
        "alice",
        "OPS-7",
        "2026-01-24T00:00:00Z",
    )
    assert news.what == "tcp 22 from 0.0.0.0/0"


def test_an_exemption_from_another_rule_is_left_to_that_ones_evaluator() -> None:
    fake = FakeEvaluator(exemptions=FakeExemptions(exempt(OPEN)), clock="2026-02-01T00:00:00+00:00")
    evaluate({**SCHEDULED, "ruleParameters": "{}"}, S3_BUCKET_RULE, fake)
    assert fake.published == []


def test_every_resource_is_evaluated_even_if_expiring_exemptions_cannot_be_read() -> None:
    fake = FakeEvaluator(FakeInventory([OPEN]), exemptions=FakeExemptions(unreadable=UNREADABLE))
    with pytest.raises(NotDone, match="reminders of exemptions"):
        evaluate(SCHEDULED, RULE, fake)
    assert len(fake.evaluations) == 1


def scopes(*cidrs: str) -> st.SearchStrategy[list[PortScope]]:
    """Exemptions of ports around 22 from some networks."""
    ports = st.sampled_from((PortRange(22, 22), PortRange(0, 65535), PortRange(23, 25)))
    whom = st.sampled_from(cidrs).map(network_of)
    return st.lists(st.builds(PortScope, st.sampled_from(("tcp", "udp")), ports, whom), max_size=3)


LIST = PrefixList("pl-1234abc1234abc123", ("52.0.0.0/7",))
GROUPS = security_groups().map(lambda some: replace(as_stored(some), prefix_lists=(LIST,)))


@given(GROUPS, scopes("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "52.0.0.0/7", "::/0"))
def test_evaluator_and_remediator_agree_on_what_is_exempt(some: SecurityGroup, exempted: list[PortScope]) -> None:
    violations = [("EC2_SG_PROHIBITED_PORT", scope) for scope in exempted]
    store = FakeExemptions(granted(some, violations, "alice", "OPS-7", START + timedelta(days=30), START))
    verdict, _, evaluator = evaluated(some, exemptions=store)

    def revoke(fake: FakeRemediator, call: AwsCall) -> None:
        ec2 = Ec2(fake.resource)
        ec2.make(call)
        fake.resource = ec2.group(fake.resource)

    remediator = FakeRemediator(some, revoke, parameters={"prohibitedPorts": "22"}, exemptions=store)
    remediate(event(order()), RULE, remediator)
    [outcome] = remediator.published
    assert (outcome.status == "already_compliant") == (verdict == "COMPLIANT")
    for finding in evaluator.findings:
        assert finding["requiredSteps"] == [call.to_json() for call in remediator.made]
