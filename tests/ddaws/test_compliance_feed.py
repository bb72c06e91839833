import json
from dataclasses import replace

from ddaws.deploy import compliance_feed, rules_file
from ddaws.deploy.live_app import statements
from ddaws.plan import Plan, Target
from ddaws.stage import Stage
from tests.ddaws.live import apply, make_function, make_topic, silently

RULE = "dd-aws-dev-compliance-changes"


def plan(target: Target) -> Plan:
    return compliance_feed.plan(target, silently)


def test_eventbridge_passes_on_the_compliance_changes_of_our_rules_alone(target: Target) -> None:
    make_function(target, "notifier")

    apply(plan(target), target)

    events = target.account.client("events")
    assert json.loads(events.describe_rule(Name=RULE)["EventPattern"]) == {
        "account": [target.account.account_id],
        "source": ["aws.config"],
        "detail-type": ["Config Rules Compliance Change"],
        "detail": {
            "configRuleName": sorted(f"dd-aws-dev-{rule.name}" for rule in rules_file.read(target.stage.project_dir))
        },
    }
    targets = events.list_targets_by_rule(Rule=RULE)["Targets"]
    assert [entry["Arn"] for entry in targets] == [target.function_arn("notifier")]
    assert not plan(target).changes


def test_a_rule_without_its_target_gets_it_back(target: Target) -> None:
    make_function(target, "notifier")
    apply(plan(target).changes[:2], target)

    assert [change.what for change in plan(target).changes] == [f"target of {RULE}"]


def test_only_our_rules_of_this_account_may_invoke_the_notifier(target: Target) -> None:
    make_function(target, "notifier")
    name = target.stage.named("notifier")
    target.account.client("lambda").add_permission(
        FunctionName=name,
        StatementId="compliance-changes",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn="arn:aws:events:eu-west-1:999999999999:rule/theirs",
    )

    apply(plan(target), target)

    [statement] = statements(target.account, name)
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"ArnLike": {"AWS:SourceArn": target.account.arn("events", f"rule/{RULE}*")}}
    assert not plan(target).changes


def test_another_target_of_the_rule_is_removed(target: Target) -> None:
    make_function(target, "notifier")
    apply(plan(target), target)
    events = target.account.client("events")
    topic_arn = make_topic(target)
    events.put_targets(Rule=RULE, Targets=[{"Id": "notifications", "Arn": topic_arn}])

    apply(plan(target), target)

    assert [entry["Id"] for entry in events.list_targets_by_rule(Rule=RULE)["Targets"]] == ["notifier"]


def test_a_rule_that_was_disabled_is_enabled_again(target: Target) -> None:
    make_function(target, "notifier")
    apply(plan(target), target)
    target.account.client("events").disable_rule(Name=RULE)

    apply(plan(target), target)

    assert target.account.client("events").describe_rule(Name=RULE)["State"] == "ENABLED"


def test_removal_deletes_the_rule_and_its_target(target: Target) -> None:
    make_function(target, "notifier")
    apply(plan(target), target)

    apply(compliance_feed.removal(target, silently), target)

    assert target.account.client("events").list_rules()["Rules"] == []
    assert not compliance_feed.removal(target, silently).changes


def declare(target: Target, count: int) -> None:
    """Declare so many managed rules."""
    rule = {"description": "A rule.", "sourceIdentifier": "CLOUD_TRAIL_ENABLED"}
    rules = {f"a-rule-with-a-rather-long-name-{number:03}": rule for number in range(count)}
    (target.stage.project_dir / rules_file.FILE).write_text(json.dumps(rules))


def live_patterns(target: Target) -> dict[str, str]:
    rules = target.account.client("events").list_rules()["Rules"]
    return {rule["Name"]: rule["EventPattern"] for rule in rules}


def test_more_rules_than_one_pattern_holds_go_into_several_each_within_eventbridges_limit(target: Target) -> None:
    make_function(target, "notifier")
    declare(target, 120)

    apply(plan(target), target)

    live = live_patterns(target)
    assert set(live) == {RULE, *(f"{RULE}-{number}" for number in (2, 3, 4))}
    assert max(map(len, live.values())) <= 2048
    names = [name for pattern in live.values() for name in json.loads(pattern)["detail"]["configRuleName"]]
    assert sorted(names) == [f"dd-aws-dev-a-rule-with-a-rather-long-name-{number:03}" for number in range(120)]
    events = target.account.client("events")
    assert all(
        events.list_targets_by_rule(Rule=name)["Targets"][0]["Arn"] == target.function_arn("notifier") for name in live
    )
    assert not plan(target).changes


def test_patterns_that_are_no_longer_needed_are_deleted(target: Target) -> None:
    make_function(target, "notifier")
    declare(target, 60)
    apply(plan(target), target)
    declare(target, 3)

    apply(plan(target), target)

    assert set(live_patterns(target)) == {RULE}


def test_removal_leaves_the_rules_of_a_stage_whose_name_begins_alike(target: Target) -> None:
    other = replace(target, stage=Stage.read(target.stage.project_dir, "dev-2"))
    for each in (target, other):
        make_function(each, "notifier")
        apply(plan(each), each)

    apply(compliance_feed.removal(target, silently), target)

    assert set(live_patterns(target)) == {"dd-aws-dev-2-compliance-changes"}


def test_a_stage_is_not_told_of_the_rules_of_a_stage_whose_name_begins_alike(target: Target) -> None:
    other = replace(target, stage=Stage.read(target.stage.project_dir, "dev-2"))
    ours, theirs = (
        {name for pattern in compliance_feed.patterns(each).values() for name in names_in(pattern)}
        for each in (target, other)
    )
    assert ours
    assert not ours & theirs


def names_in(pattern: str) -> list[str]:
    names: list[str] = json.loads(pattern)["detail"]["configRuleName"]
    return names
