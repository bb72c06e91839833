"""Chapter three: the rules' parameters select other fixes."""

import json
from dataclasses import dataclass

from sandbox import Sandbox
from sandbox.demo.leaks import Leak
from sandbox.project import STAGE
from tests.e2e.chapter_on import wait_until_healed
from tests.e2e.planting import bucket_to_be_blocked, group_with_a_range_and_a_list

PARAMETERS = {
    f"dd-aws-{STAGE}-security-group-prohibited-ports": {"prohibitedPorts": "22,3306", "portRange": "carve"},
    f"dd-aws-{STAGE}-s3-bucket-public-access": {"bucketFix": "block"},
}


@dataclass(frozen=True)
class Otherwise:
    """The chapter's records."""

    group: Leak
    bucket: Leak
    before: dict[str, dict[str, str]]
    after: dict[str, dict[str, str]]


def play(box: Sandbox) -> Otherwise:
    """Change the rules' parameters in AWS Config, create leaks, wait for fixes, and restore the parameters."""
    config = box.client("config")
    rules = config.describe_config_rules(ConfigRuleNames=list(PARAMETERS))["ConfigRules"]
    for rule in rules:
        config.put_config_rule(ConfigRule={**rule, "InputParameters": json.dumps(PARAMETERS[rule["ConfigRuleName"]])})
    group = group_with_a_range_and_a_list(box, "shop-and-ssh")
    bucket = bucket_to_be_blocked(box, "acme-archive")
    before = {leak.resource_id: leak.read() for leak in (group, bucket)}
    for leak in (group, bucket):
        wait_until_healed(box, leak)
    for rule in rules:
        config.put_config_rule(ConfigRule=rule)
    return Otherwise(group, bucket, before, {leak.resource_id: leak.read() for leak in (group, bucket)})
