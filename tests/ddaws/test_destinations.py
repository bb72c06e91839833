from typing import Any

from ddaws.deploy import destinations
from ddaws.plan import Plan, Target
from tests.ddaws.live import apply, make_functions, make_queue, silently


def plan(target: Target) -> Plan:
    return destinations.plan(target, silently)


def make_all(target: Target) -> None:
    make_functions(target)
    for queue in ("notifier-dlq", "evaluator-dlq"):
        make_queue(target, queue)


def invoke_config(target: Target, function: str) -> dict[str, Any]:
    client = target.account.client("lambda")
    answer: dict[str, Any] = client.get_function_event_invoke_config(FunctionName=target.stage.named(function))
    return answer


def configuration(target: Target, function: str) -> tuple[int, str | None]:
    answer = invoke_config(target, function)
    failure = answer.get("DestinationConfig", {}).get("OnFailure", {})
    return answer["MaximumRetryAttempts"], failure.get("Destination")


def test_what_the_notifier_and_the_evaluators_fail_on_is_kept_after_two_retries(target: Target) -> None:
    make_all(target)

    apply(plan(target), target)

    queues = "arn:aws:sqs:eu-west-1:123456789012:dd-aws-dev-"
    assert configuration(target, "notifier") == (2, f"{queues}notifier-dlq")
    assert configuration(target, "evaluate_security_group") == (2, f"{queues}evaluator-dlq")
    assert configuration(target, "evaluate_s3_bucket") == (2, f"{queues}evaluator-dlq")


def test_a_tick_of_the_coordinator_is_not_retried(target: Target) -> None:
    make_all(target)

    apply(plan(target), target)

    assert configuration(target, "coordinator") == (0, None)


def test_a_tick_that_lambda_throttles_is_dropped_when_the_next_one_is_due(target: Target) -> None:
    make_all(target)

    apply(plan(target), target)

    assert invoke_config(target, "coordinator")["MaximumEventAgeInSeconds"] == 60
    assert invoke_config(target, "notifier")["MaximumEventAgeInSeconds"] == 6 * 60 * 60


def test_what_is_as_it_should_be_is_left_alone(target: Target) -> None:
    make_all(target)
    apply(plan(target), target)

    assert not plan(target).changes


def test_only_what_was_taken_away_by_hand_is_put_again(target: Target) -> None:
    make_all(target)
    apply(plan(target), target)
    target.account.client("lambda").delete_function_event_invoke_config(FunctionName="dd-aws-dev-notifier")

    (change,) = plan(target).changes

    assert (change.verb, change.what) == ("create", "notifier: 2 retries, then to dd-aws-dev-notifier-dlq")


def test_functions_invoked_through_queues_are_left_out(target: Target) -> None:
    assert set(destinations.wanted(target)) == {
        "notifier",
        "coordinator",
        "evaluate_security_group",
        "evaluate_s3_bucket",
    }
