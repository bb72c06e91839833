import json

from ddaws.deploy import permissions
from ddaws.plan import Plan, Target, call
from tests.ddaws.live import apply, make_functions, silently


def plan(target: Target) -> Plan:
    return permissions.plan(target, silently)


def test_aws_config_may_invoke_the_evaluators_for_this_account_alone(target: Target) -> None:
    make_functions(target)

    apply(plan(target), target)

    policy = target.account.client("lambda").get_policy(FunctionName="dd-aws-dev-evaluate_s3_bucket")["Policy"]
    (statement,) = json.loads(policy)["Statement"]
    assert statement["Principal"] == {"Service": "config.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceAccount": "123456789012"}}


def test_a_permission_that_is_there_is_left_alone(target: Target) -> None:
    make_functions(target)
    apply(plan(target), target)

    assert not plan(target).changes


def test_a_permission_for_every_account_is_replaced(target: Target) -> None:
    make_functions(target)
    wide = call(
        "create",
        "",
        "lambda",
        "AddPermission",
        FunctionName="dd-aws-dev-evaluate_s3_bucket",
        StatementId="aws-config",
        Action="lambda:InvokeFunction",
        Principal="config.amazonaws.com",
    )
    apply([wide], target)

    apply(plan(target), target)

    assert not plan(target).changes


def test_where_the_functions_are_not_there_yet_the_permissions_are_planned(target: Target) -> None:
    assert [change.verb for change in plan(target).changes] == ["create", "create"]
