"""The queues in infrastructure/foundation.yaml have the names the code uses, and lives long enough for the pipeline."""

from typing import Any

import pytest

from chalicelib.investigation.investigate import MOST_PAGES, PAUSE
from chalicelib.pipeline.coordinate import HIDDEN_ONCE_FORWARDED, VISIBILITY
from chalicelib.rules import RULES
from chalicelib.settings import MAX_RECEIVE_COUNT, Settings, dead_letter
from tests.infrastructure.declarations import FUNCTIONS, REMEDIATORS, STAGES, grants, queues, resources, template
from tests.infrastructure.test_chalice_config import config

DAY = 24 * 60 * 60
HOUR = 60 * 60


def settings(stage: str = "dev") -> Settings:
    return Settings.from_environment({"STAGE": stage, "ENABLE_AUTO_RESPONSE": "false"})


def source_queues(stage: str = "dev") -> list[str]:
    named = settings(stage)
    work = (named.work_queue(rule.remediator) for rule in RULES)
    return [named.remediation_queue, *work, named.investigation_queue]


def property_of(queue: str, name: str) -> Any:
    return queues()[queue][name]


@pytest.mark.parametrize("stage", STAGES)
def test_every_queue_that_the_code_names_is_declared_and_no_other(stage: str) -> None:
    named = source_queues(stage)
    on_failure = [settings(stage).name("notifier-dlq"), settings(stage).name("evaluator-dlq")]
    assert set(queues(stage)) == {*named, *map(dead_letter, named), *on_failure}


@pytest.mark.parametrize("stage", STAGES)
def test_the_roles_name_only_queues_that_are_declared(stage: str) -> None:
    named = {
        resource.rpartition(":")[2]
        for function in FUNCTIONS
        for action, resource in grants(function, stage)
        if action.startswith("sqs:")
    }
    assert named == set(queues(stage))


@pytest.mark.parametrize("queue", source_queues())
def test_each_queue_has_its_own_dead_letter_queue(queue: str) -> None:
    (logical_id,) = [key for key, each in resources("AWS::SQS::Queue").items() if each is queues()[dead_letter(queue)]]
    assert property_of(queue, "RedrivePolicy")["deadLetterTargetArn"] == {"Fn::GetAtt": f"{logical_id}.Arn"}


@pytest.mark.parametrize("queue", source_queues())
def test_a_dead_letter_queue_takes_from_its_own_source_alone(queue: str) -> None:
    allow = property_of(dead_letter(queue), "RedriveAllowPolicy")
    sources = [arn["Fn::Sub"].replace("${Stage}", "dev") for arn in allow["sourceQueueArns"]]
    assert allow["redrivePermission"] == "byQueue"
    assert sources == ["arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:" + queue]


@pytest.mark.parametrize("queue", source_queues())
def test_a_dead_letter_queue_outlives_its_source_by_a_week_since_it_keeps_the_time_of_sending(queue: str) -> None:
    assert property_of(queue, "MessageRetentionPeriod") == 7 * DAY
    assert property_of(dead_letter(queue), "MessageRetentionPeriod") == 14 * DAY


@pytest.mark.parametrize("queue", [*queues()])
def test_every_queue_is_encrypted(queue: str) -> None:
    assert property_of(queue, "SqsManagedSseEnabled") is True


@pytest.mark.parametrize("remediator", REMEDIATORS)
def test_a_work_queues_receives_are_those_that_the_remediators_count(remediator: str) -> None:
    assert property_of(settings().work_queue(remediator), "RedrivePolicy")["maxReceiveCount"] == MAX_RECEIVE_COUNT


@pytest.mark.parametrize("stage", STAGES)
def test_a_question_stays_hidden_for_six_times_the_investigators_timeout_and_has_as_many_receives(stage: str) -> None:
    queue = settings().investigation_queue
    assert property_of(queue, "VisibilityTimeout") >= 6 * config(stage, "investigator").lambda_timeout
    assert property_of(queue, "RedrivePolicy")["maxReceiveCount"] == MAX_RECEIVE_COUNT


@pytest.mark.parametrize("stage", STAGES)
def test_the_investigator_has_time_for_all_its_pages(stage: str) -> None:
    assert config(stage, "investigator").lambda_timeout >= 2 * MOST_PAGES * PAUSE


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("remediator", REMEDIATORS)
def test_work_stays_hidden_for_six_times_its_remediators_timeout(stage: str, remediator: str) -> None:
    visibility = property_of(settings().work_queue(remediator), "VisibilityTimeout")
    assert visibility >= 6 * config(stage, remediator).lambda_timeout


@pytest.mark.parametrize("remediator", REMEDIATORS)
def test_an_hours_backlog_and_all_tries_end_before_the_source_message_comes_back(remediator: str) -> None:
    visibility = property_of(settings().work_queue(remediator), "VisibilityTimeout")
    assert HOUR + MAX_RECEIVE_COUNT * visibility < HIDDEN_ONCE_FORWARDED


def test_the_remediation_queue_hides_messages_as_long_as_the_coordinator_asks_for() -> None:
    assert property_of(settings().remediation_queue, "VisibilityTimeout") == VISIBILITY
    assert config("prod", "coordinator").lambda_timeout * 2 <= VISIBILITY


def test_reading_a_message_seven_times_a_day_for_a_week_does_not_exhaust_its_receives() -> None:
    assert property_of(settings().remediation_queue, "RedrivePolicy")["maxReceiveCount"] > 7 * 7


def test_every_queue_denies_plain_http_unless_that_is_all_the_endpoint_speaks() -> None:
    policy = template()["Resources"]["QueuesDenyPlainHttp"]
    assert policy["Condition"] == "PlainHttpIsDenied"
    assert {each["Ref"] for each in policy["Properties"]["Queues"]} == set(resources("AWS::SQS::Queue"))
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
