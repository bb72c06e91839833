"""Defects 35 to 40: the handling of messages, failures and secrets."""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

import app
from chalicelib.aws.clients import client
from chalicelib.errors import NotDone
from chalicelib.findings import AwsCall, Violation, WorkOrder
from chalicelib.notify import Status
from chalicelib.pipeline.evaluate import evaluate
from chalicelib.pipeline.remediate import remediate
from chalicelib.resources import Bucket, Fact, SecurityGroup
from chalicelib.rules import S3_BUCKET_RULE, SECURITY_GROUP_RULE, Rule
from chalicelib.settings import dead_letter
from chalicelib.wiring import HUB
from ddaws.deploy import destinations
from ddaws.plan import Target
from ddaws.stage import Stage
from tests.answers import answered, calls, refusal
from tests.conftest import PROJECT, STAGE
from tests.ddaws.fakes import FakeAccount
from tests.exposure.strategies import policies, security_groups
from tests.flows.fakes import SOURCE_URL, FakeEvaluator, FakeInventory, FakeRemediator, finding
from tests.handlers.conftest import ACCOUNT, REGION, SETTINGS, Account
from tests.handlers.events import TICK, scheduled
from tests.handlers.pipeline import carried_out, remediated
from tests.infrastructure.declarations import queues
from tests.notify.samples import event as sns_event
from tests.notify.slack_server import OK, SlackServer
from tests.peer_defects.groups import ANYWHERE, REMEDIATOR, LiveGroup, allow, doors
from tests.rules.aws import applied_to_bucket, applied_to_group

SSH = allow("tcp", 22, ANYWHERE)
REVOKE = "RevokeSecurityGroupIngress"
WORK_QUEUE = SETTINGS.work_queue(REMEDIATOR)


def test_35_an_unknown_violation_ends_in_the_dead_letter_queue_and_its_neighbours_are_fixed(account: Account) -> None:
    first, last = (LiveGroup(account, SSH, name=name) for name in ("first", "last"))
    unknown = json.dumps(finding(violations=(Violation("EC2_SG_UNHEARD_OF", {}),)).to_json())
    first.evaluate()
    account.send(SETTINGS.remediation_queue, unknown)
    last.evaluate()
    assert sorted(told.get("status", "rejected") for told in remediated(account, REMEDIATOR)) == [
        "fixed",
        "fixed",
        "rejected",
    ]
    assert first.doors == last.doors == set()
    [dead] = account.messages(dead_letter(SETTINGS.remediation_queue))
    assert dead["Body"] == unknown
    assert "EC2_SG_UNHEARD_OF" in dead["MessageAttributes"]["reason"]["StringValue"]


def test_36_a_fix_that_failed_leaves_its_message_for_the_next_try(account: Account) -> None:
    group = LiveGroup(account, SSH)
    order = group.dispatch()
    with answered("ec2", REVOKE, lambda _: refusal("RequestLimitExceeded")), pytest.raises(ExceptionGroup):
        carried_out(account, REMEDIATOR, order)
    assert account.notifications() == []
    assert account.waiting(SETTINGS.remediation_queue) == 1
    [outcome] = carried_out(account, REMEDIATOR, order)
    assert outcome["status"] == "fixed"
    assert account.waiting(SETTINGS.remediation_queue) == 0


def test_37_a_fix_that_never_works_raises_each_time_and_ends_in_the_dead_letter_queue(account: Account) -> None:
    tries = declare_redrive(account)
    group = LiveGroup(account, SSH)
    group.evaluate()
    app.coordinator(TICK, None)
    with answered("ec2", REVOKE, lambda _: refusal("RequestLimitExceeded")):
        for _ in range(tries):
            with pytest.raises(ExceptionGroup, match="not finished"):
                app.remediate_security_group(delivered(account), None)
    assert account.work(REMEDIATOR)["Records"] == []
    assert account.waiting(dead_letter(WORK_QUEUE)) == 1
    assert account.waiting(SETTINGS.remediation_queue) == 0
    assert [outcome["status"] for outcome in account.notifications()] == ["failed"]
    assert group.doors == doors(SSH)


def declare_redrive(account: Account) -> int:
    """Set the redrive policy that is declared for the work queue; return its maximum receive count."""
    tries: int = queues(STAGE)[WORK_QUEUE]["RedrivePolicy"]["maxReceiveCount"]
    target = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{dead_letter(WORK_QUEUE)}"
    policy = json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": tries})
    account.sqs.set_queue_attributes(QueueUrl=account.url(WORK_QUEUE), Attributes={"RedrivePolicy": policy})
    return tries


def delivered(account: Account) -> dict[str, Any]:
    """A delivery from the work queue, with a visibility timeout of zero."""
    event = account.work(REMEDIATOR)
    for record in event["Records"]:
        account.sqs.change_message_visibility(
            QueueUrl=account.url(WORK_QUEUE), ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
        )
    return event


@given(security_groups())
def test_38_evaluator_and_remediator_judge_a_group_alike(group: SecurityGroup) -> None:
    demand_agreement(SECURITY_GROUP_RULE, group, applied_to_group)


@given(policies())
def test_38_evaluator_and_remediator_judge_a_bucket_alike(policy: dict[str, object]) -> None:
    bucket = Bucket(ACCOUNT, REGION, "example-bucket", policy=policy, owner={"ID": "79a59df9"})
    demand_agreement(S3_BUCKET_RULE, bucket, applied_to_bucket)


class AllTold(FakeInventory):
    """Resources that already have every fact."""

    def with_facts(self, resource: Any, facts: frozenset[Fact], /) -> Any:
        return resource


def demand_agreement(
    rule: Rule, resource: SecurityGroup | Bucket, applied: Callable[[Any, tuple[AwsCall, ...]], Any]
) -> None:
    """The remediator has nothing to do exactly if the evaluator has not; otherwise it makes the announced calls."""

    def apply(fake: FakeRemediator, call: AwsCall) -> None:
        fake.resource = applied(fake.resource, (call,))

    evaluator, remediator = FakeEvaluator(AllTold([resource])), FakeRemediator(resource, apply)
    evaluate(scheduled({}), rule, evaluator)
    about = finding(
        resource.resource_id,
        target_resource_type=rule.resource_type,
        violations=(Violation(min(rule.violation_types), {}),),
    )
    order = json.dumps(WorkOrder(SOURCE_URL, "handle", about).to_json())
    remediate({"Records": [{"body": order, "attributes": {"ApproximateReceiveCount": "1"}}]}, rule, remediator)
    compliant = [verdict["ComplianceType"] == "COMPLIANT" for verdict in evaluator.evaluations]
    assert compliant == [outcome.status is Status.ALREADY_COMPLIANT for outcome in remediator.published]
    announced = [AwsCall.from_json(step, "step") for found in evaluator.findings for step in found["requiredSteps"]]
    assert announced == remediator.made


def test_39_a_container_starts_without_any_call() -> None:
    start = "import app; from chalicelib.aws.clients import client; print(client.cache_info().currsize)"
    started = subprocess.run([sys.executable, "-c", start], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert started.stdout == "0\n"


def test_39_a_secret_that_cannot_be_read_costs_one_try_and_one_that_was_read_is_remembered(
    account: Account, slack: SlackServer
) -> None:
    put_webhook(slack)
    event = sns_event("security_group_becomes_non_compliant")
    with calls("ssm", account_id=HUB) as asked:
        with answered("ssm", "GetParameter", lambda _: refusal("ThrottlingException"), HUB), pytest.raises(NotDone):
            app.notifier(event, None)
        assert slack.received == []
        assert len(asked) == 1
        for _ in range(2):
            app.notifier(event, None)
    assert len(slack.received) == 2
    token = SETTINGS.bot_token_parameter
    assert [given["Name"] for _, given in asked] == [token, token, SETTINGS.webhook_parameter, token]


def put_webhook(slack: SlackServer) -> None:
    client("ssm", HUB, REGION).put_parameter(Name=SETTINGS.webhook_parameter, Value=slack.url, Type="SecureString")


def test_40_a_post_that_slack_does_not_take_is_raised_so_that_lambda_tries_again(
    account: Account, slack: SlackServer
) -> None:
    put_webhook(slack)
    slack.answers = [(500, "no_service", {}), OK]
    event = sns_event("security_group_becomes_non_compliant")
    with pytest.raises(NotDone, match="500 no_service"):
        app.notifier(event, None)
    app.notifier(event, None)
    assert len(slack.received) == 2


def test_40_what_the_notifier_fails_on_for_good_is_kept_in_a_declared_queue() -> None:
    settings = destinations.wanted(Target(Stage.read(PROJECT, STAGE), FakeAccount()))["notifier"]
    assert settings["MaximumRetryAttempts"] == 2
    kept_in = settings["DestinationConfig"]["OnFailure"]["Destination"].rpartition(":")[2]
    assert kept_in in queues(STAGE)
