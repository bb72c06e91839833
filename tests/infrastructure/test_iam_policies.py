"""Each function may do what it does, on what is its own, and nothing else."""

import itertools
import re
from fnmatch import fnmatchcase

import pytest

from tests.infrastructure.declarations import (
    EVALUATORS,
    FUNCTIONS,
    REMEDIATORS,
    STAGES,
    as_list,
    grants,
    service_authorization,
    statements,
)

ON_FAILURE = {"notifier": "notifier-dlq", **dict.fromkeys(EVALUATORS, "evaluator-dlq")}
CUSTOMERS = {
    "ec2": tuple(f"arn:aws:ec2:*:*:{kind}/*" for kind in ("security-group", "security-group-rule", "prefix-list")),
    "s3": ("arn:aws:s3:::*",),
    "config": ("arn:aws:config:*:*:config-rule/*",),
}
"""The customer's resources do not have our names; AWS chooses the ID of a Config rule."""


ON_ALL_RESOURCES = {
    "servicequotas:GetServiceQuota": "It reads one number. AWS's pages disagree on the quota's ARN, and a denial would "
    "leave every security group that needs carving to people."
}
"""Actions that AWS can restrict and that are not restricted, each with its reason."""


def aws_actions(action: str) -> list[str]:
    """The actions that AWS has under a name or pattern, in lower case."""
    service, pattern = action.lower().split(":")
    return [name for name in service_authorization()[service]["Actions"] if fnmatchcase(name, pattern)]


def resource_types(action: str) -> list[str]:
    """The types of resources that AWS can restrict an action to; none: only ``*`` works."""
    service = action.split(":")[0]
    (name,) = aws_actions(action)
    return list(service_authorization()[service]["Actions"][name].get("Resources", []))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_action_names_exactly_one_action_that_aws_has(function: str) -> None:
    for action, _ in grants(function):
        assert len(aws_actions(action)) == 1, action


@pytest.mark.parametrize("function", FUNCTIONS)
def test_all_resources_are_allowed_only_where_aws_cannot_restrict_the_action(function: str) -> None:
    for action, resource in grants(function):
        assert (resource == "*") == (action in ON_ALL_RESOURCES or not resource_types(action)), (action, resource)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_resource_is_of_a_type_that_its_action_works_on(function: str) -> None:
    for action, resource in grants(function):
        service = action.split(":")[0]
        types = service_authorization()[service]["Resources"]
        formats = [form for each in resource_types(action) for form in types[each.lower()]["ARNFormats"]]
        patterns = [re.sub(r"\$\{\w+\}", ".*", form) for form in formats]
        assert resource == "*" or any(re.fullmatch(pattern, resource) for pattern in patterns), (action, resource)


@pytest.mark.parametrize(("stage", "function"), [*itertools.product(STAGES, FUNCTIONS)])
def test_a_role_reaches_nothing_of_ours_outside_its_own_stage(stage: str, function: str) -> None:
    for action, resource in grants(function, stage):
        if resource not in ("*", *CUSTOMERS.get(action.split(":")[0], ())):
            assert re.search(rf"(^|[:/])dd-aws[-/]{stage}[-/]", resource), (action, resource)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_statement_allows_and_says_why(function: str) -> None:
    sids = [statement["Sid"] for statement in statements(function)]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch(r"([A-Z0-9][a-z0-9]*){2,}", sid) for sid in sids), sids
    assert {statement["Effect"] for statement in statements(function)} == {"Allow"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_writes_its_own_log_and_makes_no_log_group(function: str) -> None:
    log = f"arn:aws:logs:*:*:log-group:/aws/lambda/dd-aws-dev-{function}:*"
    allowed = {grant for grant in grants(function) if grant[0].startswith("logs:")}
    assert allowed == {("logs:CreateLogStream", log), ("logs:PutLogEvents", log)}


@pytest.mark.parametrize("function", REMEDIATORS)
def test_lambda_may_take_a_remediators_work_from_its_queue(function: str) -> None:
    queue = f"arn:aws:sqs:*:*:dd-aws-dev-{function.replace('_', '-')}"
    needed = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    assert {(action, queue) for action in needed} == {grant for grant in grants(function) if grant[1] == queue}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_lambda_may_keep_what_an_asynchronous_function_failed_on(function: str) -> None:
    kept = {
        resource
        for action, resource in grants(function)
        if action == "sqs:SendMessage" and resource.endswith(tuple(ON_FAILURE.values()))
    }
    expected = {f"arn:aws:sqs:*:*:dd-aws-dev-{ON_FAILURE[function]}"} if function in ON_FAILURE else set()
    assert kept == expected


def test_only_the_remediator_of_a_type_may_change_it() -> None:
    changing = {
        (function, action)
        for function in FUNCTIONS
        for action, _ in grants(function)
        if action.startswith(("ec2:", "s3:")) and not action.split(":")[1].startswith(("Get", "Describe", "List"))
    }
    assert changing == {
        ("remediate_security_group", "ec2:RevokeSecurityGroupIngress"),
        ("remediate_security_group", "ec2:AuthorizeSecurityGroupIngress"),
        ("remediate_security_group", "ec2:CreateTags"),
        ("remediate_s3_bucket", "s3:PutBucketPolicy"),
        ("remediate_s3_bucket", "s3:DeleteBucketPolicy"),
        ("remediate_s3_bucket", "s3:PutBucketAcl"),
        ("remediate_s3_bucket", "s3:PutBucketPublicAccessBlock"),
    }


def test_a_remediator_tags_a_security_group_rule_only_as_it_makes_it() -> None:
    [tagging] = [each for each in statements("remediate_security_group") if "ec2:CreateTags" in each["Action"]]
    assert tagging["Resource"] == ["arn:aws:ec2:*:*:security-group-rule/*"]
    assert tagging["Condition"] == {"StringEquals": {"ec2:CreateAction": "AuthorizeSecurityGroupIngress"}}


@pytest.mark.parametrize("function", [*EVALUATORS, *REMEDIATORS])
def test_no_evaluator_and_no_remediator_may_write_an_exemption(function: str) -> None:
    on_the_table = [each for each in statements(function) if each["Resource"][0].endswith("-trust")]
    writing = [each for each in on_the_table if not {*each["Action"]} <= {"dynamodb:Query", "dynamodb:GetItem"}]
    assert on_the_table
    for each in writing:
        [kinds] = [test["dynamodb:LeadingKeys"] for test in each["Condition"].values()]
        assert not [kind for kind in as_list(kinds) if kind.startswith(("exemption#", "*"))]
