import json
from dataclasses import replace
from typing import Any

from ddaws.deploy import app_removal, live_app, log_groups
from ddaws.deploy.differences import differences
from ddaws.plan import Target
from ddaws.stage import Stage
from tests.ddaws.live import apply, make_app, make_function, silently
from tests.ddaws.small_project import POLICY


def test_what_chalice_would_make_is_found_without_a_difference(target: Target, model: dict[str, Any]) -> None:
    make_app(target, model)

    assert differences(model, live_app.read(target)) == ()


def test_an_empty_account_has_nothing_of_ours(target: Target) -> None:
    assert live_app.read(target).is_empty


def test_a_stage_whose_name_begins_alike_is_another_one(target: Target, models: dict[str, Any]) -> None:
    make_app(replace(target, stage=Stage.read(target.stage.project_dir, "dev-2")), models["dev-2"])

    assert live_app.read(target).is_empty


def test_functions_of_others_are_not_ours(target: Target) -> None:
    make_function(target, "notifier")
    target.account.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument="{}")

    live = live_app.read(target)

    assert set(live.functions) == set(live.roles) == {"notifier"}


def test_removal_leaves_nothing_and_finds_nothing_the_second_time(target: Target, model: dict[str, Any]) -> None:
    make_app(target, model)

    apply(app_removal.removal(target, silently), target)

    assert live_app.read(target).is_empty
    assert not app_removal.removal(target, silently).changes


def test_resources_deleted_by_hand_during_removal_do_not_stop_it(target: Target, model: dict[str, Any]) -> None:
    make_app(target, model)
    removal = app_removal.removal(target, silently)
    target.account.client("lambda").delete_function(FunctionName="dd-aws-dev-notifier")

    apply(removal, target)

    assert live_app.read(target).is_empty


def test_removal_detaches_policies_that_were_attached_by_hand(target: Target, model: dict[str, Any]) -> None:
    make_app(target, model)
    iam = target.account.client("iam")
    policy = iam.create_policy(PolicyName="extra", PolicyDocument=json.dumps(POLICY))
    iam.attach_role_policy(RoleName="dd-aws-dev-notifier", PolicyArn=policy["Policy"]["Arn"])

    apply(app_removal.removal(target, silently), target)

    assert not live_app.read(target).roles


def test_roles_stay_while_the_stage_is_deployed_in_another_region(target: Target, model: dict[str, Any]) -> None:
    make_app(target, model)
    there = in_region(target, "us-east-1")
    make_function(there, "notifier", with_role=False)

    plan = app_removal.removal(target, silently)
    apply(plan, target)

    assert plan.notes == ("the roles stay: stage dev is also deployed in us-east-1",)
    assert live_app.read(target).roles.keys() == model["roles"].keys()
    apply(app_removal.removal(there, silently), there)
    assert live_app.read(target).is_empty


def in_region(target: Target, region: str) -> Target:
    here = target.account
    return replace(target, account=type(here)(type(here._session)(region_name=region), here.account_id))


def test_removal_deletes_chalice_s_record(target: Target) -> None:
    target.stage.chalice_record.parent.mkdir()
    target.stage.chalice_record.write_text("{}")

    apply(app_removal.removal(target, silently), target)

    assert not target.stage.chalice_record.exists()


def test_log_groups_that_lambda_made_go_and_those_of_others_stay(target: Target) -> None:
    logs = target.account.client("logs")
    for name in ("dd-aws-dev-notifier", "dd-aws-dev-2-notifier", "dd-aws-developer"):
        logs.create_log_group(logGroupName=f"/aws/lambda/{name}")

    apply(log_groups.removal(target, silently), target)

    assert [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]] == [
        "/aws/lambda/dd-aws-dev-2-notifier",
        "/aws/lambda/dd-aws-developer",
    ]
