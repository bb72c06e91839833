import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chalicelib.errors import AwsRefused
from ddaws.deploy import foundation, stacks
from ddaws.plan import Plan, Target
from ddaws.stage import Stage
from tests.ddaws.fakes import FakeAccount, FakeCloudFormation, FakeQueues, FakeTables, client_error
from tests.ddaws.live import apply, silently

LIVE = {"Stage": "dev", "AlarmEmail": "a@example.com", "AutoResponse": "false", "RequireTls": "true"}


@pytest.fixture
def cloudformation() -> FakeCloudFormation:
    return FakeCloudFormation()


@pytest.fixture
def target(project: Path, cloudformation: FakeCloudFormation) -> Target:
    services = {"sqs": FakeQueues(full=3, empty=0), "dynamodb": FakeTables(full=3, empty=0)}
    return Target(Stage.read(project, "dev"), FakeAccount(cloudformation=cloudformation, **services))


def plan(target: Target) -> Plan:
    return foundation.plan(target, silently)


def template(target: Target) -> str:
    return (target.stage.project_dir / foundation.TEMPLATE).read_text()


def parameters(call: tuple[str, dict[str, Any]]) -> dict[str, str | bool]:
    entries = call[1]["Parameters"]
    return {entry["ParameterKey"]: entry.get("ParameterValue", entry.get("UsePreviousValue")) for entry in entries}


def test_where_there_is_no_stack_one_is_created(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.upcoming = ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]

    apply(plan(target), target)

    assert cloudformation.operations == ["create_stack"]
    assert parameters(cloudformation.calls[0]) == {"Stage": "dev", "AutoResponse": "false", "RequireTls": "true"}


def test_a_stack_that_is_as_declared_is_left_alone(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.has("CREATE_COMPLETE", template(target), **LIVE)

    assert not plan(target).changes


def test_a_template_that_differs_updates_the_stack_and_keeps_the_mail_address(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.has("UPDATE_COMPLETE", "Resources: {}", **LIVE)
    cloudformation.upcoming = ["UPDATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"]

    apply(plan(target), target)

    assert cloudformation.operations == ["update_stack"]
    assert parameters(cloudformation.calls[0])["AlarmEmail"] is True


@pytest.mark.parametrize("address", ["", "b@example.com"])
def test_a_mail_address_that_is_given_replaces_the_one_there_was(
    target: Target, cloudformation: FakeCloudFormation, address: str
) -> None:
    cloudformation.has("CREATE_COMPLETE", template(target), **LIVE)

    apply(plan(replace(target, alarm_email=address)), target)

    assert parameters(cloudformation.calls[0])["AlarmEmail"] == address


def test_turning_auto_response_on_updates_the_stack(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.has("CREATE_COMPLETE", template(target), **{**LIVE, "AutoResponse": "true"})

    apply(plan(target), target)

    assert parameters(cloudformation.calls[0])["AutoResponse"] == "false"


def test_a_parameter_that_is_new_in_the_template_takes_its_default(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.has("CREATE_COMPLETE", "", Stage="dev", AutoResponse="false", RequireTls="true")

    apply(plan(target), target)

    assert "AlarmEmail" not in parameters(cloudformation.calls[0])


def test_an_update_that_changes_nothing_is_fine(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.has("CREATE_COMPLETE", "", **LIVE)
    cloudformation.refusal = client_error("ValidationError", "No updates are to be performed.")

    apply(plan(target), target)

    assert cloudformation.operations == ["update_stack"]


@pytest.mark.parametrize(
    "change",
    [
        ("# ----", "# === "),
        ("Description: >-\n", "Description: >-\n  Now\n"),
        ("Stage:\n    Type", "Stage:\n\n    Type"),
    ],
)
def test_comments_spacing_and_the_description_are_no_reason_to_update(
    target: Target, cloudformation: FakeCloudFormation, change: tuple[str, str]
) -> None:
    assert change[0] in template(target)
    cloudformation.has("CREATE_COMPLETE", template(target).replace(*change), **LIVE)

    assert not plan(target).changes


@pytest.mark.parametrize("change", [("maxReceiveCount: 50", "maxReceiveCount: 5"), ("!Ref AlarmEmail", "!Ref Stage")])
def test_a_changed_declaration_is_a_reason_to_update(
    target: Target, cloudformation: FakeCloudFormation, change: tuple[str, str]
) -> None:
    assert change[0] in template(target)
    cloudformation.has("CREATE_COMPLETE", template(target).replace(*change), **LIVE)

    assert plan(target).changes


def test_another_refusal_of_an_update_is_passed_on(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.has("CREATE_COMPLETE", "", **LIVE)
    cloudformation.refusal = client_error("ValidationError", "Template error")

    with pytest.raises(type(cloudformation.refusal), match="Template error"):
        apply(plan(target), target)


def test_a_stack_that_someone_is_creating_is_waited_for(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.has("CREATE_IN_PROGRESS", template(target), **LIVE)
    cloudformation.upcoming = ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    told: list[str] = []

    assert not foundation.plan(target, told.append).changes
    assert told == ["dd-aws-dev-foundation: CREATE_IN_PROGRESS, 1 of 2 resources"]


def test_a_stack_that_was_never_complete_is_deleted_and_created_again(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.has("ROLLBACK_COMPLETE", template(target), **LIVE)
    cloudformation.upcoming = ["ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE", "CREATE_COMPLETE"]

    apply(plan(target), target)

    assert cloudformation.operations == ["delete_stack", "create_stack"]


@pytest.mark.parametrize("status", ["ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"])
def test_a_stack_that_can_only_be_deleted_is_deleted_and_created_again(
    target: Target, cloudformation: FakeCloudFormation, status: str
) -> None:
    cloudformation.has(status, template(target), **LIVE)
    cloudformation.upcoming = [status, "DELETE_IN_PROGRESS", "DELETE_COMPLETE", "CREATE_COMPLETE"]

    apply(plan(target), target)

    assert cloudformation.operations == ["delete_stack", "create_stack"]


def test_a_stack_that_waits_for_a_review_is_removed_without_waiting(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.has("REVIEW_IN_PROGRESS")
    cloudformation.upcoming = ["REVIEW_IN_PROGRESS", "DELETE_COMPLETE"]

    apply(foundation.removal(target, silently), target)

    assert cloudformation.operations == ["delete_stack"]


def test_a_stack_that_stays_in_progress_is_not_waited_for_without_end(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.has("UPDATE_IN_PROGRESS")

    with pytest.raises(AwsRefused, match=r"still in UPDATE_IN_PROGRESS.*run this again later"):
        stacks.settled(target.account, "dd-aws-dev-foundation", silently, seconds=0)


@pytest.mark.parametrize("status", ["UPDATE_FAILED", "IMPORT_ROLLBACK_FAILED"])
def test_a_stack_that_a_person_has_to_roll_back_is_told_with_the_command(
    target: Target, cloudformation: FakeCloudFormation, status: str
) -> None:
    cloudformation.has(status, template(target), **LIVE)

    with pytest.raises(AwsRefused, match=rf"{status}.*aws cloudformation .* --stack-name dd-aws-dev-foundation; then"):
        plan(target)


@pytest.mark.parametrize("status", ["IMPORT_COMPLETE", "IMPORT_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_in_any_other_settled_status_is_updated(
    target: Target, cloudformation: FakeCloudFormation, status: str
) -> None:
    cloudformation.has(status, "Resources: {}", **LIVE)
    cloudformation.upcoming = [status, "UPDATE_COMPLETE"]

    apply(plan(target), target)

    assert cloudformation.operations == ["update_stack"]


def test_the_template_is_sent_without_comments_and_compared_as_it_comes_back(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.upcoming = ["CREATE_COMPLETE"]
    apply(plan(target), target)
    sent = cloudformation.calls[0][1]["TemplateBody"]

    assert len(sent) < len(template(target))
    cloudformation.has("CREATE_COMPLETE", json.loads(sent), **LIVE)  # boto3 parses what was sent as JSON
    assert not plan(target).changes


def test_a_failed_creation_is_told_by_its_first_cause(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.upcoming = ["ROLLBACK_COMPLETE"]
    cloudformation.events = [
        event("Topic", "DELETE_COMPLETE", ""),
        event("Topic", "CREATE_FAILED", "Resource creation cancelled"),
        event("Key", "CREATE_FAILED", "You may not create keys."),
    ]

    with pytest.raises(AwsRefused, match=r"failed: Key \(AWS::Some::Type\): You may not create keys\."):
        apply(plan(target), target)


def test_a_failed_update_is_not_told_by_the_failure_of_an_earlier_one(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.has("CREATE_COMPLETE", "Resources: {}", **LIVE)
    cloudformation.upcoming = ["CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"]
    cloudformation.events = [
        event("Stack", "UPDATE_ROLLBACK_IN_PROGRESS", "", kind="AWS::CloudFormation::Stack"),
        event("Key", "UPDATE_FAILED", "You may not change keys."),
        event("Stack", "UPDATE_IN_PROGRESS", "User Initiated", kind="AWS::CloudFormation::Stack"),
        event("Topic", "UPDATE_FAILED", "That was last week."),
    ]

    with pytest.raises(AwsRefused, match=r"failed: Key .*: You may not change keys\."):
        apply(plan(target), target)


def test_a_recently_deleted_queue_name_is_reported_with_the_wait(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.upcoming = ["ROLLBACK_COMPLETE"]
    reason = "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    cloudformation.events = [event("Queue", "CREATE_FAILED", reason)]

    with pytest.raises(AwsRefused, match="wait a minute and deploy again"):
        apply(plan(target), target)


def event(name: str, status: str, reason: str, kind: str = "AWS::Some::Type") -> dict[str, str]:
    described = {"LogicalResourceId": name, "ResourceType": kind, "ResourceStatus": status}
    return {**described, "ResourceStatusReason": reason}


def test_a_stack_that_cannot_even_roll_back_is_left_to_a_person(
    target: Target, cloudformation: FakeCloudFormation
) -> None:
    cloudformation.has("UPDATE_ROLLBACK_FAILED", template(target), **LIVE)

    with pytest.raises(AwsRefused, match="continue-update-rollback --stack-name dd-aws-dev-foundation"):
        plan(target)


def test_removal_deletes_the_stack_and_waits(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.has("CREATE_COMPLETE")
    cloudformation.upcoming = ["CREATE_COMPLETE", "DELETE_IN_PROGRESS", "DELETE_COMPLETE"]

    apply(foundation.removal(target, silently), target)

    assert cloudformation.stack is None
    assert not foundation.removal(target, silently).changes


def test_a_stack_that_does_not_go_is_told(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.has("CREATE_COMPLETE")
    cloudformation.upcoming = ["CREATE_COMPLETE", "DELETE_FAILED"]
    cloudformation.events = [event("Key", "DELETE_FAILED", "in use")]

    with pytest.raises(AwsRefused, match=r"could not be deleted: Key \(AWS::Some::Type\): in use"):
        apply(foundation.removal(target, silently), target)


def test_removal_says_which_messages_are_lost(target: Target, cloudformation: FakeCloudFormation) -> None:
    cloudformation.has("CREATE_COMPLETE")
    cloudformation.queues = ["full", "empty", "gone"]

    assert foundation.removal(target, silently).notes == ("3 messages in full are lost",)


@pytest.mark.parametrize(
    ("table", "note"),
    [
        (
            "JournalTable",
            "the journal is lost, and fixes can no longer be undone (full); DynamoDB keeps a backup for 35 days",
        ),
        ("TrustTable", "people's decisions are lost, such as exemptions (full); DynamoDB keeps a backup for 35 days"),
    ],
)
def test_removal_says_what_is_lost_with_a_table(
    target: Target, cloudformation: FakeCloudFormation, table: str, note: str
) -> None:
    cloudformation.has("CREATE_COMPLETE")

    cloudformation.tables = {table: "full", "NotificationRateTable": "full"}
    assert foundation.removal(target, silently).notes == (note,)

    for nothing in ("empty", "gone"):
        cloudformation.tables = {table: nothing}
        assert foundation.removal(target, silently).notes == ()


def test_what_is_lost_with_a_table_is_told_by_names_of_the_template(target: Target) -> None:
    assert all(f"\n  {name}:\n    Type: AWS::DynamoDB::Table\n" in template(target) for name in foundation.LASTING)
