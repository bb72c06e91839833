"""Where else a stage is deployed: IAM knows no regions, so the functions of all of them work under the same roles."""

import re
from collections.abc import Iterator

from botocore.exceptions import ClientError

from ddaws.account import error_code
from ddaws.plan import Target, Tell

DENIED = ("AccessDenied", "AccessDeniedException")
"""The answer of a region that a service control policy closes: whoever may not look there did not deploy there."""


def with_the_stage(target: Target, tell: Tell) -> Iterator[str]:
    """The account's other regions that have functions of the stage."""
    answer = target.account.client("ec2").describe_regions()
    for region in sorted(entry["RegionName"] for entry in answer["Regions"]):
        if region != target.account.region:
            tell(f"looking whether the stage is deployed in {region}, too")
            if _has_functions(target, region):
                yield region


def _has_functions(target: Target, region: str) -> bool:
    ours = re.compile(re.escape(target.stage.named("")) + r"\w+")
    try:
        pages = target.account.client_in(region, "lambda").get_paginator("list_functions").paginate()
        return any(ours.fullmatch(function["FunctionName"]) for page in pages for function in page["Functions"])
    except ClientError as error:
        if error_code(error) in DENIED:
            return False
        raise
