"""Verdicts are kept, and every change of one is told."""

from typing import Any

from tests.sandbox.awsconfig.world import THING, TOPIC, World

COMPLIANCE = "ComplianceChangeNotification"


def change(world: World) -> dict[str, Any]:
    """Change the resource; get the event that its rule got."""
    world.put_thing("one", size=len(world.invoked) + 1)
    world.tick()
    return world.invoked[-1]


def test_a_verdict_is_kept(waiting: World) -> None:
    assert waiting.put_verdict(waiting.invoked[0], "NON_COMPLIANT") == {"FailedEvaluations": []}
    assert waiting.verdicts() == {"one": "NON_COMPLIANT"}


def test_the_first_verdict_is_told_without_an_old_one(waiting: World) -> None:
    event = change(waiting)
    waiting.forget()
    waiting.put_verdict(event, "NON_COMPLIANT", Annotation="Too large")
    (sent,) = waiting.published
    assert sent.topic_arn == TOPIC
    assert sent.subject == f"[AWS Config:eu-west-1] {THING} one is NON_COMPLIANT with judge in Account 123456789012"
    assert sent.attributes == {"messageType": COMPLIANCE}
    assert sent.message == {
        "awsAccountId": "123456789012",
        "configRuleName": "judge",
        "configRuleARN": event["configRuleArn"],
        "resourceType": THING,
        "resourceId": "one",
        "awsRegion": "eu-west-1",
        "newEvaluationResult": {
            "evaluationResultIdentifier": {
                "evaluationResultQualifier": {
                    "configRuleName": "judge",
                    "resourceType": THING,
                    "resourceId": "one",
                    "evaluationMode": "DETECTIVE",
                },
                "orderingTimestamp": "2026-11-24T09:30:02.000Z",
            },
            "complianceType": "NON_COMPLIANT",
            "resultRecordedTime": "2026-11-24T09:30:02.000Z",
            "configRuleInvokedTime": "2026-11-24T09:30:02.000Z",
            "annotation": "Too large",
            "resultToken": None,
        },
        "oldEvaluationResult": None,
        "notificationCreationTime": "2026-11-24T09:30:02.000Z",
        "messageType": COMPLIANCE,
        "recordVersion": "1.0",
    }


def test_a_changed_verdict_is_told_with_the_old_one(waiting: World) -> None:
    waiting.put_verdict(waiting.invoked[0], "NON_COMPLIANT")
    waiting.put_verdict(change(waiting), "COMPLIANT")
    first, second = waiting.messages(COMPLIANCE)
    assert second["oldEvaluationResult"] == first["newEvaluationResult"]
    assert second["newEvaluationResult"]["complianceType"] == "COMPLIANT"


def test_a_verdict_that_stays_is_not_told_again(waiting: World) -> None:
    waiting.put_verdict(waiting.invoked[0], "NON_COMPLIANT", Annotation="Too large")
    waiting.put_verdict(change(waiting), "NON_COMPLIANT", Annotation="Larger still")
    assert len(waiting.messages(COMPLIANCE)) == 1


def test_the_event_for_eventbridge_has_no_nulls(waiting: World) -> None:
    waiting.put_verdict(waiting.invoked[0], "COMPLIANT")
    (event,) = waiting.events
    assert (event["source"], event["detail-type"]) == ("aws.config", "Config Rules Compliance Change")
    assert (event["account"], event["region"], event["resources"]) == ("123456789012", "eu-west-1", [])
    assert event["time"] == "2026-11-24T09:30:01Z"
    assert event["detail"]["messageType"] == COMPLIANCE
    assert "oldEvaluationResult" not in event["detail"]
    assert "annotation" not in event["detail"]["newEvaluationResult"]


def test_a_subject_ends_at_a_hundred_characters(recording: World) -> None:
    recording.put_rule("r" * 80)
    recording.put_thing("one")
    recording.tick()
    recording.put_verdict(recording.invoked[0], "COMPLIANT")
    subject = recording.published[-1].subject
    assert len(subject) == 100
    assert subject.endswith("rrr...")


def test_not_applicable_takes_the_verdict_away_and_is_told(waiting: World) -> None:
    waiting.put_verdict(waiting.invoked[0], "NON_COMPLIANT")
    waiting.put_verdict(change(waiting), "NOT_APPLICABLE")
    assert waiting.verdicts() == {}
    last = waiting.messages(COMPLIANCE)[-1]
    assert last["newEvaluationResult"]["complianceType"] == "NOT_APPLICABLE"
    assert last["oldEvaluationResult"]["complianceType"] == "NON_COMPLIANT"


def test_not_applicable_where_nothing_was_says_nothing(waiting: World) -> None:
    waiting.put_verdict(waiting.invoked[0], "NOT_APPLICABLE")
    assert waiting.messages(COMPLIANCE) == []


def test_a_deleted_resource_loses_the_verdicts_of_rules_that_are_not_asked(recording: World) -> None:
    recording.put_rule("judge", "ScheduledNotification")
    recording.put_thing("one")
    recording.tick()
    recording.put_verdict(recording.invoked[0], "NON_COMPLIANT", "one")
    assert recording.verdicts() == {"one": "NON_COMPLIANT"}
    recording.things.clear()
    recording.tick()
    assert recording.verdicts() == {}


def test_a_run_that_began_earlier_does_not_overrule_a_later_one(waiting: World) -> None:
    early, late = waiting.invoked[0], change(waiting)
    waiting.put_verdict(late, "COMPLIANT")
    waiting.put_verdict(early, "NON_COMPLIANT")
    assert waiting.verdicts() == {"one": "COMPLIANT"}
    assert len(waiting.messages(COMPLIANCE)) == 1


def test_results_can_be_deleted_while_the_rule_stays(waiting: World) -> None:
    waiting.put_verdict(waiting.invoked[0], "NON_COMPLIANT")
    waiting.call("DeleteEvaluationResults", ConfigRuleName="judge")
    assert waiting.verdicts() == {}
    waiting.put_verdict(change(waiting), "NON_COMPLIANT")
    assert waiting.messages(COMPLIANCE)[-1]["oldEvaluationResult"] is None


def test_a_function_may_answer_while_it_is_being_invoked(recording: World) -> None:
    recording.judge = lambda event: recording.put_verdict(event, "COMPLIANT")
    recording.put_rule()
    recording.put_thing("one")
    recording.tick()
    assert recording.verdicts() == {"one": "COMPLIANT"}
    kinds = [sent.message["messageType"] for sent in recording.published]
    assert kinds[-2:] == ["ConfigurationItemChangeNotification", COMPLIANCE]
