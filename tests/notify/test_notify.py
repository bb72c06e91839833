"""What the notifier posts and drops, and how it handles failures."""

import json
import logging

import pytest

from chalicelib.errors import BadInput, NotDone
from chalicelib.notify import Status, to_json
from chalicelib.slack.notify import notify
from tests.notify.fakes import FakeGateways
from tests.notify.samples import EVENTS, compliance_change, event, outcome, sns_event

TOLD = {
    "account_is_compliant_again": "Compliant again: AWS::::Account 123456789012",
    "alarm_goes_off": "Alarm: dd-aws-dev-remediation-dlq-not-empty",
    "alarm_is_over": "Alarm over: dd-aws-dev-remediation-dlq-not-empty",
    "bucket_is_non_compliant_at_first_sight": "Non-compliant: AWS::S3::Bucket acme-invoices-2026",
    "composite_alarm_goes_off": "Alarm: dd-aws-dev-unwell",
    "eventbridge_bucket_becomes_non_compliant": "Non-compliant: AWS::S3::Bucket acme-invoices-2026",
    "non_compliant_security_group_is_deleted": "No longer evaluated: AWS::EC2::SecurityGroup sg-0a1b2c3d4e5f67890",
    "security_group_becomes_non_compliant": "Non-compliant: AWS::EC2::SecurityGroup sg-0a1b2c3d4e5f67890",
}
DROPPED = sorted({path.stem for path in EVENTS.glob("*.json")} - set(TOLD))


@pytest.mark.parametrize("name", sorted(TOLD))
def test_what_people_want_to_know_is_told_once(name: str, gateways: FakeGateways) -> None:
    notify(event(name), gateways)
    assert [TOLD[name] in text for text in gateways.slack.texts] == [True]


@pytest.mark.parametrize("name", DROPPED)
def test_the_rest_is_dropped_quietly(name: str, gateways: FakeGateways) -> None:
    notify(event(name), gateways)
    assert gateways.slack.posted == []
    assert gateways.rate.calls == []


@pytest.mark.parametrize("text", ["This is a test", "[]", '"ALARM"', "null", "[" * 100_000, "{"])
def test_what_is_not_a_json_object_is_dropped_quietly(text: str, gateways: FakeGateways) -> None:
    notify(sns_event(text), gateways)
    assert gateways.slack.posted == []


def test_an_outcome_is_told_with_blocks_and_a_plain_text(gateways: FakeGateways) -> None:
    notify(sns_event(to_json(outcome())), gateways)
    [(text, blocks)] = gateways.slack.posted
    assert text.startswith("✅ Fixed: AWS::EC2::SecurityGroup sg-0a1b2c3d4e5f67890")
    assert [block["type"] for block in blocks] == ["header", "section", "section", "section", "section", "context"]


def test_a_record_without_subject_and_attributes_is_told(gateways: FakeGateways) -> None:
    message = json.dumps(compliance_change("NON_COMPLIANT", "COMPLIANT"))
    notify({"Records": [{"Sns": {"Message": message}}]}, gateways)
    assert len(gateways.slack.posted) == 1


def test_an_ordinary_message_costs_one_call_to_the_table(gateways: FakeGateways) -> None:
    notify(sns_event(to_json(outcome())), gateways)
    assert gateways.rate.calls == ["count"]


def test_a_bad_record_stops_none_of_its_neighbours_and_raises_in_the_end(gateways: FakeGateways) -> None:
    first, last = outcome(target_resource_id="sg-1"), outcome(target_resource_id="sg-3")
    mixed = sns_event(to_json(first), {"messageType": "RemediationOutcome"}, to_json(last))
    with pytest.raises(BadInput, match="remediationId"):
        notify(mixed, gateways)
    assert [text.split()[3] for text in gateways.slack.texts] == ["sg-1", "sg-3"]


@pytest.mark.parametrize("record", [None, {}, {"Sns": None}, {"Sns": {"Message": None}}, {"Sns": {"Message": {}}}])
def test_a_record_that_is_not_one_of_snss_is_an_error_that_says_so(record: object, gateways: FakeGateways) -> None:
    with pytest.raises(BadInput, match=r"record\.Sns\.Message"):
        notify({"Records": [record]}, gateways)


def test_an_event_without_records_is_an_error_that_says_so(gateways: FakeGateways) -> None:
    with pytest.raises(BadInput, match=r"event\.Records"):
        notify({"detail-type": "Config Rules Compliance Change"}, gateways)


def test_a_post_that_fails_raises_so_that_lambda_tries_again(gateways: FakeGateways) -> None:
    gateways.slack.refused = {"Fixed"}
    with pytest.raises(NotDone):
        notify(sns_event(to_json(outcome())), gateways)


def test_several_failures_are_raised_together(gateways: FakeGateways) -> None:
    gateways.slack.refused = {"Fixed", "failed"}
    with pytest.raises(ExceptionGroup) as raised:
        notify(sns_event(to_json(outcome()), to_json(outcome(Status.FAILED, reason="no"))), gateways)
    assert [type(each) for each in raised.value.exceptions] == [NotDone, NotDone]


def test_the_log_has_a_line_of_json_about_each_message(
    gateways: FakeGateways, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    notify(event("security_group_becomes_non_compliant"), gateways)
    notify(event("eventbridge_configuration_item_change"), gateways)
    notify(event("alarm_goes_off"), gateways)
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [(line["messageType"], line["resource"], line["result"]) for line in lines] == [
        ("ComplianceChangeNotification", "sg-0a1b2c3d4e5f67890", "posted"),
        ("Config Configuration Item Change", "acme-invoices-2026", "dropped"),
        ("CloudWatch alarm", "dd-aws-dev-remediation-dlq-not-empty", "posted"),
    ]
