"""Finds the stage in other regions: IAM is global, so the functions of all regions share their roles."""

import re
from collections.abc import Collection, Iterator

from botocore.exceptions import ClientError

from ddaws.account import error_code
from ddaws.plan import Target, Tell

DENIED = ("AccessDenied", "AccessDeniedException")
"""Errors of a region that a service control policy denies: the stage cannot be deployed there either."""


def with_the_stage(target: Target, tell: Tell) -> Iterator[str]:
    """The account's other regions that have functions of the stage."""
    for region in _others(target):
        tell(f"looking for functions of the stage in {region}")
        if _has_functions(target, region):
            yield region


def of_config_rules(target: Target, names: Collection[str], tell: Tell) -> dict[str, str]:
    """The other region of each Config rule, by the rule's name; rules without another region are left out."""
    found: dict[str, str] = {}
    for region in _others(target) if names else ():
        missing = [name for name in names if name not in found]
        if missing:
            tell(f"looking for Config rules of the stage in {region}")
            found |= {name: region for name in missing if _has_config_rule(target, region, name)}
    return found


def _others(target: Target) -> list[str]:
    answer = target.account.client("ec2").describe_regions()
    regions = sorted(entry["RegionName"] for entry in answer["Regions"])
    return [region for region in regions if region != target.account.region]


def _has_config_rule(target: Target, region: str, name: str) -> bool:
    try:
        answer = target.account.client_in(region, "config").describe_config_rules(ConfigRuleNames=[name])
        return bool(answer["ConfigRules"])
    except ClientError as error:
        if error_code(error) in (*DENIED, "NoSuchConfigRuleException"):
            return False
        raise


def _has_functions(target: Target, region: str) -> bool:
    ours = re.compile(re.escape(target.stage.named("")) + r"\w+")
    try:
        pages = target.account.client_in(region, "lambda").get_paginator("list_functions").paginate()
        return any(ours.fullmatch(function["FunctionName"]) for page in pages for function in page["Functions"])
    except ClientError as error:
        if error_code(error) in DENIED:
            return False
        raise
