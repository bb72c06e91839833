"""Rules that run on a schedule, and on demand."""

from datetime import timedelta

import pytest

from sandbox.awsconfig import ConfigError, Limits
from tests.sandbox.awsconfig.world import FUNCTION, World, invoking_event

CHANGE = "ConfigurationItemChangeNotification"
OVERSIZED = "OversizedConfigurationItemChangeNotification"
SCHEDULED = "ScheduledNotification"


def kinds(world: World) -> list[str]:
    return [invoking_event(event)["messageType"] for event in world.invoked]


def test_a_scheduled_rule_runs_at_once_and_then_on_its_schedule(recording: World) -> None:
    details = [{"EventSource": "aws.config", "MessageType": SCHEDULED, "MaximumExecutionFrequency": "Three_Hours"}]
    recording.put_rule(Source={"Owner": "CUSTOM_LAMBDA", "SourceIdentifier": FUNCTION, "SourceDetails": details})
    assert kinds(recording) == [SCHEDULED]
    recording.tick(hours=2, minutes=59)
    assert len(recording.invoked) == 1
    recording.tick(minutes=1)
    assert len(recording.invoked) == 2
    assert invoking_event(recording.invoked[-1]) == {
        "awsAccountId": "123456789012",
        "notificationCreationTime": "2026-11-24T12:30:00.000Z",
        "messageType": SCHEDULED,
        "recordVersion": "1.0",
    }


def test_a_schedule_is_daily_by_default_and_does_not_need_a_running_recorder(recording: World) -> None:
    recording.put_rule("judge", SCHEDULED)
    recording.call("StopConfigurationRecorder", ConfigurationRecorderName="default")
    for hours in (23, 1, 23, 1):
        recording.tick(hours=hours)
    assert kinds(recording) == [SCHEDULED] * 3


def test_runs_that_were_missed_are_not_made_up_for(recording: World) -> None:
    recording.put_rule("judge", SCHEDULED)
    recording.tick(days=5)
    recording.tick()
    assert len(recording.invoked) == 2


def test_an_evaluation_on_demand_runs_all_that_the_rule_listens_to(recording: World) -> None:
    recording.put_thing("one")
    recording.tick()
    recording.put_rule("judge", CHANGE, SCHEDULED)
    recording.forget()
    recording.call("StartConfigRulesEvaluation", ConfigRuleNames=["judge"])
    assert kinds(recording) == [CHANGE, SCHEDULED]
    assert recording.published[0].subject == (
        "[AWS Config:eu-west-1] Config Rules Evaluation Started for Account 123456789012"
    )


def test_an_evaluation_on_demand_waits_a_minute_for_the_next(recording: World) -> None:
    recording.put_rule("judge", SCHEDULED)
    recording.put_rule("other", SCHEDULED)
    recording.call("StartConfigRulesEvaluation", ConfigRuleNames=["judge"])
    recording.forget()
    recording.pass_time(seconds=59)
    with pytest.raises(ConfigError, match=r"LimitExceededException.*judge"):
        recording.call("StartConfigRulesEvaluation", ConfigRuleNames=["other", "judge"])
    assert recording.invoked == []
    recording.pass_time(seconds=1)
    recording.call("StartConfigRulesEvaluation", ConfigRuleNames=["other", "judge"])
    assert [event["configRuleName"] for event in recording.invoked] == ["other", "judge"]


def test_the_wait_between_evaluations_on_demand_can_be_set() -> None:
    world = World({"limits": Limits(between_on_demand_evaluations=timedelta(0))})
    world.start_recording()
    world.put_rule("judge", SCHEDULED)
    world.forget()
    for _ in range(2):
        world.call("StartConfigRulesEvaluation", ConfigRuleNames=["judge"])
    assert len(world.invoked) == 2
