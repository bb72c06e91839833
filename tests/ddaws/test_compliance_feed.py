import json

from ddaws.deploy import compliance_feed, rules_file
from ddaws.plan import Plan, Target
from tests.ddaws.live import apply, make_topic, silently

RULE = "dd-aws-dev-compliance-changes"


def plan(target: Target) -> Plan:
    return compliance_feed.plan(target, silently)


def test_eventbridge_passes_on_the_compliance_changes_of_our_rules_alone(target: Target) -> None:
    topic_arn = make_topic(target)

    apply(plan(target), target)

    events = target.account.client("events")
    assert json.loads(events.describe_rule(Name=RULE)["EventPattern"]) == {
        "source": ["aws.config"],
        "detail-type": ["Config Rules Compliance Change"],
        "detail": {
            "configRuleName": sorted(f"dd-aws-dev-{rule.name}" for rule in rules_file.read(target.stage.project_dir))
        },
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


def test_removal_deletes_the_rule_and_its_target(target: Target) -> None:
    make_topic(target)
    apply(plan(target), target)

    apply(compliance_feed.removal(target, silently), target)

    assert target.account.client("events").list_rules()["Rules"] == []
    assert not compliance_feed.removal(target, silently).changes
