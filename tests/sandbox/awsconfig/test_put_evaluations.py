"""PutEvaluations has the service's own limits."""

from datetime import timedelta
from typing import Any

import pytest

from sandbox.awsconfig import ConfigError, Limits
from tests.sandbox.awsconfig.world import THING, World

COMPLIANCE = "ComplianceChangeNotification"


def evaluation(resource_id: str = "one", **changes: Any) -> dict[str, Any]:
    return {
        "ComplianceResourceType": THING,
        "ComplianceResourceId": resource_id,
        "ComplianceType": "COMPLIANT",
        "OrderingTimestamp": 1795512600,
        **changes,
    }


def test_a_run_may_judge_many_resources(recording: World) -> None:
    recording.put_rule("judge", "ScheduledNotification")
    evaluations = [evaluation(f"thing-{number}") for number in range(100)]
    token = recording.invoked[0]["resultToken"]
    recording.call("PutEvaluations", ResultToken=token, Evaluations=evaluations)
    assert len(recording.messages(COMPLIANCE)) == 100


def test_a_hundred_and_one_are_too_many(recording: World) -> None:
    recording.put_rule("judge", "ScheduledNotification")
    evaluations = [evaluation(f"thing-{number}") for number in range(101)]
    token = recording.invoked[0]["resultToken"]
    with pytest.raises(ConfigError, match=r"ValidationException.*'evaluations'.*less than or equal to 100"):
        recording.call("PutEvaluations", ResultToken=token, Evaluations=evaluations)
    assert recording.verdicts() == {}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"Annotation": "a" * 257}, r"ValidationException.*'evaluations\.1\.member\.annotation'.*or equal to 256"),
        ({"Annotation": ""}, r"ValidationException.*annotation"),
        ({"ComplianceType": "FINE"}, r"ValidationException.*complianceType.*enum value set"),
        ({"ComplianceType": "INSUFFICIENT_DATA"}, "InvalidParameterValueException.*INSUFFICIENT_DATA"),
        ({"OrderingTimestamp": None}, r"ValidationException.*orderingTimestamp.*not be null"),
        ({"OrderingTimestamp": "today"}, "SerializationException.*orderingTimestamp"),
        ({"ComplianceResourceId": "i" * 769}, r"ValidationException.*complianceResourceId"),
    ],
)
def test_an_evaluation_that_breaks_a_limit_is_refused(waiting: World, changes: dict[str, Any], complaint: str) -> None:
    token = waiting.invoked[0]["resultToken"]
    with pytest.raises(ConfigError, match=complaint):
        waiting.call("PutEvaluations", ResultToken=token, Evaluations=[evaluation(**changes)])
    assert waiting.verdicts() == {}


def test_an_annotation_may_have_256_characters(waiting: World) -> None:
    waiting.put_verdict(waiting.invoked[0], "COMPLIANT", Annotation="a" * 256)
    assert waiting.verdicts() == {"one": "COMPLIANT"}


@pytest.mark.parametrize("token", ["", "TESTMODE", "made-up"])
def test_an_unknown_token_is_refused(waiting: World, token: str) -> None:
    with pytest.raises(ConfigError, match="InvalidResultTokenException"):
        waiting.call("PutEvaluations", ResultToken=token, Evaluations=[evaluation()])


def test_a_token_expires() -> None:
    world = World({"limits": Limits(token_lifetime=timedelta(hours=1))})
    world.start_recording()
    world.put_rule("judge", "ScheduledNotification")
    world.pass_time(hours=1)
    world.put_verdict(world.invoked[0], "COMPLIANT", "one")
    world.pass_time(seconds=1)
    with pytest.raises(ConfigError, match="InvalidResultTokenException"):
        world.put_verdict(world.invoked[0], "COMPLIANT", "one")


def test_a_token_outlives_later_runs(waiting: World) -> None:
    first = waiting.invoked[0]
    waiting.put_thing("one", size=2)
    waiting.tick()
    assert len(waiting.invoked) == 2
    assert waiting.put_verdict(first, "COMPLIANT") == {"FailedEvaluations": []}


def test_the_token_of_a_deleted_rule_is_good_for_nothing(waiting: World) -> None:
    waiting.call("DeleteConfigRule", ConfigRuleName="judge")
    with pytest.raises(ConfigError, match="NoSuchConfigRuleException"):
        waiting.put_verdict(waiting.invoked[0], "COMPLIANT")


def test_test_mode_takes_any_token_and_keeps_nothing(waiting: World) -> None:
    answer = waiting.call("PutEvaluations", ResultToken="TESTMODE", TestMode=True, Evaluations=[evaluation()])
    assert answer == {"FailedEvaluations": []}
    assert waiting.verdicts() == {}


def test_test_mode_still_checks_the_evaluations(waiting: World) -> None:
    broken = evaluation(Annotation="a" * 257)
    with pytest.raises(ConfigError, match="annotation"):
        waiting.call("PutEvaluations", ResultToken="TESTMODE", TestMode=True, Evaluations=[broken])


def test_evaluations_can_be_made_to_fail() -> None:
    world = World({"evaluation_fails": lambda each: each["ComplianceResourceId"] == "two"})
    world.start_recording()
    world.put_rule("judge", "ScheduledNotification")
    evaluations = [evaluation(name) for name in ("one", "two", "three")]
    token = world.invoked[0]["resultToken"]
    answer = world.call("PutEvaluations", ResultToken=token, Evaluations=evaluations)
    assert answer == {"FailedEvaluations": [evaluation("two")]}
    assert world.verdicts() == {"one": "COMPLIANT", "three": "COMPLIANT"}
