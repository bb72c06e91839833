"""The messages in Slack."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.errors import BadInput
from chalicelib.notify import Notification, Rejection, Status, to_json
from chalicelib.slack.messages import Kind, SlackMessage, compose, digest
from tests.notify.block_kit import complaints
from tests.notify.samples import EVENTS, STAGE, TOPIC_ARN, body, compliance_change, outcome

MINUTE = datetime(2026, 11, 5, 3, 12, tzinfo=UTC)
REJECTION = Rejection("dd-aws-dev-remediation-dlq", "message.version: expected version 1; got '2'", '{"version": "2"}')


def composed(message: Mapping[str, Any]) -> SlackMessage:
    told = compose(message, TOPIC_ARN, STAGE)
    assert told is not None
    return told


def ours(notification: Notification) -> SlackMessage:
    return composed(json.loads(to_json(notification)))


def shown(blocks: Sequence[Mapping[str, Any]]) -> str:
    """All texts of the blocks, one per line."""
    texts = []
    for block in blocks:
        texts += [
            part["text"] for part in [block.get("text"), *block.get("fields", []), *block.get("elements", [])] if part
        ]
    return "\n".join(texts)


@pytest.mark.parametrize("name", sorted(path.stem for path in EVENTS.glob("*.json")))
def test_every_sample_gives_a_message_that_slack_takes_or_none(name: str) -> None:
    try:
        message = compose(body(name), TOPIC_ARN, STAGE)
    except json.JSONDecodeError:
        assert name == "oversized_configuration_item_change"
        return
    assert message is None or not complaints(message.text, message.blocks)


def test_a_compliance_change_says_what_where_which_rule_and_why() -> None:
    message = composed(body("security_group_becomes_non_compliant"))
    said = shown(message.blocks)
    assert message.blocks[0]["text"]["text"] == "🔴 Non-compliant: sg-0a1b2c3d4e5f67890"
    for fact in (
        "AWS::EC2::SecurityGroup",
        "`123456789012` `eu-west-1`",
        "`dd-aws-dev-security-group-prohibited-ports`",
        "`NON_COMPLIANT` (was `COMPLIANT`)",
        "tcp 22 is open to 0.0.0.0/0",
        "2026-11-05 03:12:07 UTC",
        "<https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#SecurityGroup:groupId=sg-0a1b2c3d4e5f67890|",
    ):
        assert fact in said


def test_eventbridge_tells_the_same_as_the_delivery_channel() -> None:
    event = body("eventbridge_bucket_becomes_non_compliant")
    assert composed(event) == composed({"messageType": "ComplianceChangeNotification", **event["detail"]})


def test_eventbridges_envelope_names_the_account_where_the_detail_does_not() -> None:
    event = body("eventbridge_bucket_becomes_non_compliant")
    for key in ("awsAccountId", "awsRegion"):
        del event["detail"][key]
    assert "`123456789012` `eu-west-1`" in shown(composed(event).blocks)


def test_a_rule_about_the_account_is_named_in_the_header() -> None:
    message = composed(body("account_is_compliant_again"))
    assert message.blocks[0]["text"]["text"] == "🟢 Compliant again: cloudtrail-enabled (account 123456789012)"


@pytest.mark.parametrize(
    ("new", "old", "kind"),
    [
        ("NON_COMPLIANT", "COMPLIANT", Kind.NON_COMPLIANT),
        ("NON_COMPLIANT", None, Kind.NON_COMPLIANT),
        ("NON_COMPLIANT", "NOT_APPLICABLE", Kind.NON_COMPLIANT),
        ("COMPLIANT", "NON_COMPLIANT", Kind.COMPLIANT_AGAIN),
        ("NOT_APPLICABLE", "NON_COMPLIANT", Kind.NO_LONGER_EVALUATED),
        (None, "NON_COMPLIANT", Kind.NO_LONGER_EVALUATED),
    ],
)
def test_a_change_for_the_worse_or_the_end_of_one_is_told(new: str | None, old: str | None, kind: Kind) -> None:
    assert composed(compliance_change(new, old)).kind is kind


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("COMPLIANT", None),
        ("COMPLIANT", "NOT_APPLICABLE"),
        ("COMPLIANT", "INSUFFICIENT_DATA"),
        ("NOT_APPLICABLE", None),
        ("NOT_APPLICABLE", "COMPLIANT"),
        ("INSUFFICIENT_DATA", None),
        ("NON_COMPLIANT", "NON_COMPLIANT"),
        (None, None),
    ],
)
def test_a_first_verdict_that_is_not_bad_and_no_change_at_all_are_not_told(new: str | None, old: str | None) -> None:
    assert compose(compliance_change(new, old), TOPIC_ARN, STAGE) is None


@pytest.mark.parametrize("rule", ["dd-aws-prod-cloudtrail", "somebody-elses-rule", "securityhub-iam-user-791d3b9c"])
def test_a_change_of_any_rules_status_is_told(rule: str) -> None:
    message = composed(compliance_change("NON_COMPLIANT", "COMPLIANT", configRuleName=rule))
    assert f"`{rule}`" in shown(message.blocks)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("alarm_goes_off", Kind.ALARM),
        ("composite_alarm_goes_off", Kind.ALARM),
        ("alarm_is_over", Kind.ALARM_OVER),
    ],
)
def test_an_alarm_is_told_and_its_end_too(name: str, kind: Kind) -> None:
    message = composed(body(name))
    assert message.kind is kind
    assert body(name)["AlarmName"] in message.blocks[0]["text"]["text"]


def test_an_alarm_shows_its_reason_and_links_to_its_page() -> None:
    said = shown(composed(body("alarm_goes_off")).blocks)
    assert "Threshold Crossed: 1 out of the last 1 datapoints" in said
    assert "`AWS/SQS ApproximateNumberOfMessagesVisible`" in said
    assert (
        "<https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/dd-aws-dev-" in said
    )


@pytest.mark.parametrize("old", ["INSUFFICIENT_DATA", "OK", ""])
def test_an_alarm_that_was_none_and_is_ok_is_not_told(old: str) -> None:
    assert compose(body("alarm_goes_off") | {"NewStateValue": "OK", "OldStateValue": old}, TOPIC_ARN, STAGE) is None


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"messageType": "ConfigurationItemChangeNotification"},
        {"messageType": "ScheduledNotification"},
        {"messageType": ["ComplianceChangeNotification"]},
        {"detail-type": "Config Rules Compliance Change"},
        {"detail-type": "AWS API Call via CloudTrail", "detail": {"messageType": "ComplianceChangeNotification"}},
        {"AlarmName": "a"},
    ],
)
def test_everything_else_is_not_told(message: Mapping[str, Any]) -> None:
    assert compose(message, TOPIC_ARN, STAGE) is None


def test_a_fix_shows_what_it_took_away_and_what_it_added() -> None:
    message = ours(outcome(added=("tcp 22 from 10.0.0.0/8",)))
    said = shown(message.blocks)
    assert "```\n- tcp 22 from 0.0.0.0/0\n+ tcp 22 from 10.0.0.0/8\n```" in said
    assert "`3f2a91c07b`" in said
    assert "Detected 2026-11-05 03:12:07 UTC · finished 2026-11-05 03:12:33 UTC · 26 s later" in said
    assert message.text == (
        "✅ Fixed: AWS::EC2::SecurityGroup sg-0a1b2c3d4e5f67890 (123456789012, eu-west-1): "
        "removed tcp 22 from 0.0.0.0/0, added tcp 22 from 10.0.0.0/8: "
        "to undo it, run `ddaws undo 3f2a91c07b --stage dev --reason 'why it has to stay open'`"
    )


def test_a_failure_gives_its_reason_and_the_next_step_before_all_else() -> None:
    failed = outcome(
        Status.FAILED, removed=(), reason="MalformedPolicy: Invalid principal", next_step="Correct the policy."
    )
    message = ours(failed)
    assert message.kind is Kind.REMEDIATION_FAILED
    assert (
        shown(message.blocks[2:4])
        == "*Why it failed*\nMalformedPolicy: Invalid principal\n*Next step*\nCorrect the policy."
    )
    assert "MalformedPolicy" in message.text


def test_an_already_compliant_resource_says_that_nothing_was_changed() -> None:
    message = ours(outcome(Status.ALREADY_COMPLIANT, removed=()))
    assert "nothing was changed" in shown(message.blocks)
    assert "nothing was changed" in message.text


def test_a_long_difference_is_cut_and_counted() -> None:
    said = shown(ours(outcome(removed=tuple(f"tcp {port} from 0.0.0.0/0" for port in range(500)))).blocks)
    assert "- tcp 0 from 0.0.0.0/0\n" in said
    assert "\n… and 475 more\n```" in said


def test_a_rejected_message_shows_its_queue_reason_and_beginning() -> None:
    said = shown(ours(REJECTION).blocks)
    for fact in ("`dd-aws-dev-remediation-dlq`", "expected version 1; got '2'", '{"version": "2"}', "`eu-west-1`"):
        assert fact in said


def test_a_notification_of_ours_without_a_field_is_an_error_that_names_it() -> None:
    broken = json.loads(to_json(outcome()))
    del broken["raisedByRule"]
    with pytest.raises(BadInput, match="raisedByRule"):
        compose(broken, TOPIC_ARN, STAGE)


@pytest.mark.parametrize(
    ("region", "console"),
    [
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_the_console_is_that_of_the_partition(region: str, console: str) -> None:
    assert f"<{console}" in shown(composed(compliance_change("NON_COMPLIANT", None, awsRegion=region)).blocks)


def test_a_name_too_long_for_a_link_gets_none() -> None:
    blocks = composed(compliance_change("NON_COMPLIANT", None, resourceId="ü" * 500)).blocks
    assert "https://" not in shown(blocks)


def test_a_region_that_is_none_gets_no_link() -> None:
    blocks = composed(compliance_change("NON_COMPLIANT", None, awsRegion="evil.example/?")).blocks
    assert "https://" not in shown(blocks)


def test_a_digest_tells_the_most_important_first_and_counts_each_kind() -> None:
    kept = [("FIXED", f"Fixed: sg-{number}") for number in range(12)] + [("NON_COMPLIANT", "Non-compliant: bucket")]
    text, blocks = digest(
        MINUTE, 20, [*kept, ("REMEDIATION_FAILED", "Remediation failed: sg-1"), ("ALARM", "Alarm: a")]
    )
    assert text == (
        "📬 15 more notifications at 03:12 UTC: "
        "1 remediation failed, 1 alarm, 1 resource non-compliant, 12 resources fixed"
    )
    assert shown(blocks[1:2]) == "*🚨 1 remediation failed*\n• sg-1"
    assert shown(blocks[4:5]).endswith("\n… and 2 more")


def test_a_fix_shows_what_people_know_the_resource_by() -> None:
    message = ours(outcome(described="web-servers, vpc-0a1b, Owner=payments_team"))
    assert "|sg-0a1b2c3d4e5f67890> web-servers, vpc-0a1b, `Owner=payments_team`\n" in shown(message.blocks)
    assert "web-servers, vpc-0a1b" in message.text


def test_an_outcome_without_what_may_be_missing_is_told() -> None:
    told = json.loads(to_json(outcome()))
    del told["described"]
    assert composed(told) == ours(outcome())
