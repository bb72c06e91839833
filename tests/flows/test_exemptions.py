"""Both sides ask for exemptions where they would condemn, and only there."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.errors import NotDone
from chalicelib.flows.evaluate import evaluate
from chalicelib.flows.remediate import remediate
from chalicelib.resources import SecurityGroup
from chalicelib.rules import SECURITY_GROUP_RULE as RULE
from chalicelib.trust.exemptions import Exemption, granted, resource_key
from tests.flows.fakes import FakeEvaluator, FakeExemptions, FakeInventory, FakeRemediator, group
from tests.flows.test_evaluate import CLOSED, OPEN, SCHEDULED, change
from tests.flows.test_remediate import event, order

START = datetime.fromisoformat("2025-12-25T00:00:00+00:00")
UNREADABLE = NotDone("AccessDeniedException")
TWO = group(("tcp", 22, "0.0.0.0/0"), ("tcp", 22, "::/0"))


def exempt(some: SecurityGroup, days: int = 30, last: int | None = None) -> tuple[Exemption, ...]:
    """All that is condemned about a group, or the first `last` things of it, for some days after Christmas."""
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
    assert annotation == "exempt until 2026-01-24: OPS-7 (alice); tcp 22 (port 22) is open to 0.0.0.0/0"
    assert fake.findings == []


def test_a_group_is_compliant_only_if_all_that_is_condemned_is_exempt() -> None:
    verdict, annotation, fake = evaluated(TWO, exemptions=FakeExemptions(exempt(TWO, last=1)))
    assert (verdict, annotation) == ("NON_COMPLIANT", "tcp 22 (port 22) is open to ::/0")
    [finding] = fake.findings
    [step] = finding["requiredSteps"]
    assert [list(each) for each in step["parameters"]["IpPermissions"]] == [
        ["IpProtocol", "FromPort", "ToPort", "Ipv6Ranges"]
    ]


def test_an_exemption_that_has_ended_counts_for_nothing() -> None:
    verdict, _, fake = evaluated(OPEN, exemptions=FakeExemptions(exempt(OPEN, days=7)))
    assert verdict == "NON_COMPLIANT"
    assert len(fake.findings) == 1


def test_exemptions_are_asked_for_only_where_something_would_be_condemned() -> None:
    assert evaluated(CLOSED)[2].exemptions.asked == []
    fake = FakeEvaluator(FakeInventory([OPEN, CLOSED]))
    evaluate(SCHEDULED, RULE, fake)
    assert fake.exemptions.asked == [resource_key(OPEN)]
    assert remediated(replace(OPEN, ingress=())).exemptions.asked == []


def test_where_exemptions_cannot_be_read_a_group_is_judged_as_if_there_were_none_and_that_is_said() -> None:
    verdict, annotation, fake = evaluated(OPEN, exemptions=FakeExemptions(exempt(OPEN), UNREADABLE))
    assert verdict == "NON_COMPLIANT"
    assert annotation.startswith("exemptions cannot be read, so none counts; tcp 22")
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


def test_beside_what_is_exempt_the_rest_is_fixed() -> None:
    fake = remediated(TWO, exemptions=FakeExemptions(exempt(TWO, last=1)))
    [call] = fake.made
    [entry] = call.parameters["IpPermissions"]
    assert entry["Ipv6Ranges"] == [{"CidrIpv6": "::/0"}]


@pytest.mark.parametrize(("allowed", "verdict"), [(True, "COMPLIANT"), (False, "NON_COMPLIANT")])
def test_the_tag_exempts_where_the_stage_allows_it_alone(allowed: bool, verdict: str) -> None:
    tagged = replace(OPEN, tags={"dd-aws:exempt-until": "2026-06-01"})
    assert evaluated(tagged, allow_exempt_tag=allowed)[0] == verdict
    assert bool(remediated(tagged, allow_exempt_tag=allowed).made) is not allowed


def test_tags_are_asked_for_only_where_they_count_and_something_is_condemned() -> None:
    for allowed, some in ((True, CLOSED), (False, OPEN)):
        assert evaluated(some, allow_exempt_tag=allowed)[2].known.asked == []
