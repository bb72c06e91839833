import json

from ddaws.deploy import compliance_feed, recorder
from ddaws.plan import Plan, Target
from tests.ddaws.live import apply, make_topic, silently

RULE = "dd-aws-dev-compliance-changes"


def plan(target: Target) -> Plan:
    return compliance_feed.plan(target, silently)


def test_where_the_channel_is_not_ours_eventbridge_feeds_our_topic(target: Target) -> None:
    topic_arn = make_topic(target)

    apply(plan(target), target)

    events = target.account.client("events")
    assert json.loads(events.describe_rule(Name=RULE)["EventPattern"]) == {
        "source": ["aws.config"],
        "detail-type": ["Config Rules Compliance Change"],
        "detail": {"configRuleName": [{"prefix": "dd-aws-dev-"}]},
    }
    assert [entry["Arn"] for entry in events.list_targets_by_rule(Rule=RULE)["Targets"]] == [topic_arn]
    assert not plan(target).changes


def test_a_rule_without_its_target_gets_it_back(target: Target) -> None:
    make_topic(target)
    apply(plan(target).changes[:1], target)

    assert [change.what for change in plan(target).changes] == [f"target of {RULE}"]


def test_a_rule_that_was_disabled_is_enabled_again(target: Target) -> None:
    make_topic(target)
    apply(plan(target), target)
    target.account.client("events").disable_rule(Name=RULE)

    apply(plan(target), target)

    assert target.account.client("events").describe_rule(Name=RULE)["State"] == "ENABLED"


def test_where_the_channel_is_ours_it_feeds_the_topic_and_no_rule_does_so_again(target: Target) -> None:
    make_topic(target)
    apply(plan(target), target)
    apply(recorder.plan(target, silently), target)

    apply(plan(target), target)

    assert target.account.client("events").list_rules()["Rules"] == []
    assert not plan(target).changes


def test_removal_deletes_the_rule_and_its_target(target: Target) -> None:
    make_topic(target)
    apply(plan(target), target)

    apply(compliance_feed.removal(target, silently), target)

    assert target.account.client("events").list_rules()["Rules"] == []
    assert not compliance_feed.removal(target, silently).changes
