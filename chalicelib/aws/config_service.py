"""AWS Config: items in, evaluations out, and the rules' own parameters."""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from chalicelib.aws.config_events import ConfigItem, parameters_from_json
from chalicelib.aws.errors import aws_errors, code
from chalicelib.aws.shapes import each
from chalicelib.errors import DdAwsError, Failure, NotDone
from chalicelib.json_values import instant

type Verdict = tuple[str, str]

_NO_RULE = frozenset({"NoSuchConfigRuleException", "ValidationException", "InvalidParameterValueException"})
"""The last two: nothing can have such a name."""
BACKOFF = (0.0, 0.5, 1.0, 2.0)
"""Seconds before each try to get items that AWS Config leaves unprocessed; it is tried anew once it gives some."""
NEWEST = 1
"""AWS Config gives the newest item first."""
PAGE = 100
"""PutEvaluations and BatchGetResourceConfig take a hundred at a time."""


@dataclass(frozen=True)
class ConfigRule:
    """A Config rule: its parameters, and who judges by it (a function's ARN, or AWS's name of a rule of its own)."""

    parameters: Mapping[str, str]
    source: str

    @property
    def is_managed(self) -> bool:
        """Whether AWS itself judges by it."""
        return not self.source.startswith("arn:")

    def is_judged_by(self, function: str, account_id: str) -> bool:
        """Whether a function of that account does, whichever version of it."""
        judge = rf"arn:[a-z-]+:lambda:[a-z0-9-]+:{account_id}:function:{re.escape(function)}(:[^:]+)?"
        return re.fullmatch(judge, self.source) is not None


@aws_errors
class ConfigService:
    """AWS Config of one account and region.

    Parameters
    ----------
    client
        boto3's client of AWS Config.
    sleep : callable
        Waits, in seconds.
    """

    def __init__(self, client: Any, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._sleep = sleep

    def item(self, resource_type: str, resource_id: str, captured_at: str) -> ConfigItem | None:
        """The item that an oversized notification stands for, or a later one; None where AWS Config has older ones.

        AWS Config gives no item captured after `laterTime`, which some of AWS's clients cut to the second: so it lies a
        whole second ahead. A page may be empty and have a successor.
        """
        notified = instant(captured_at, "configurationItemCaptureTime")
        pages = self._client.get_paginator("get_resource_config_history").paginate(
            resourceType=resource_type,
            resourceId=resource_id,
            laterTime=notified.replace(microsecond=0) + timedelta(seconds=2),
            PaginationConfig={"PageSize": NEWEST},
        )
        for page in pages:
            for raw in page["configurationItems"]:
                item = _item(raw)
                captured = instant(item.captured_at, "configurationItemCaptureTime")
                return item if captured >= notified else None
        return None

    def items(self, resource_type: str) -> Iterator[ConfigItem | Failure]:
        """The current item of every recorded resource of a type: two calls for each hundred.

        In the place of an item that AWS Config does not give, or that cannot be read, there is a Failure.
        """
        pages = self._client.get_paginator("list_discovered_resources").paginate(
            resourceType=resource_type, PaginationConfig={"PageSize": PAGE}
        )
        for page in pages:
            yield from self._items(resource_type, [found["resourceId"] for found in page["resourceIdentifiers"]])

    def _items(self, resource_type: str, names: Sequence[str]) -> Iterator[ConfigItem | Failure]:
        """The items of at most a hundred resources."""
        missing, tries = list(names), 0
        problem: DdAwsError = NotDone("AWS Config lists it and does not give its item, however often it is asked.")
        while missing and tries < len(BACKOFF):
            self._sleep(BACKOFF[tries])
            keys = [{"resourceType": resource_type, "resourceId": name} for name in missing]
            try:
                with aws_errors:
                    answer = self._client.batch_get_resource_config(resourceKeys=keys)
            except DdAwsError as error:
                problem = error
                break
            given = answer["baseConfigurationItems"]
            yield from each(given, "resourceId", _item)
            there = {raw.get("resourceId") for raw in given}
            missing = [name for name in missing if name not in there]
            tries = 1 if given else tries + 1
        yield from (Failure(name, problem) for name in missing)

    def put_evaluations(
        self, evaluations: Sequence[Mapping[str, Any]], result_token: str, test_mode: bool
    ) -> list[Mapping[str, Any]]:
        """Report at most a hundred evaluations; those that AWS Config did not take."""
        answer = self._client.put_evaluations(
            Evaluations=list(evaluations), ResultToken=result_token, TestMode=test_mode
        )
        return list(answer.get("FailedEvaluations", []))

    def verdicts(self, rule_name: str) -> dict[str, Verdict]:
        """What AWS Config last heard of each resource, by its id: the compliance type, and the annotation."""
        pages = self._client.get_paginator("get_compliance_details_by_config_rule").paginate(
            ConfigRuleName=rule_name, PaginationConfig={"PageSize": PAGE}
        )
        return {
            result["EvaluationResultIdentifier"]["EvaluationResultQualifier"]["ResourceId"]: (
                result["ComplianceType"],
                result.get("Annotation", ""),
            )
            for page in pages
            for result in page["EvaluationResults"]
        }

    def rule(self, rule_name: str) -> ConfigRule | None:
        """The rule as it is now, None where there is no such rule."""
        try:
            rules = self._client.describe_config_rules(ConfigRuleNames=[rule_name])["ConfigRules"]
        except ClientError as error:
            if code(error) in _NO_RULE:
                return None
            raise
        if not rules:
            return None
        source = rules[0].get("Source", {}).get("SourceIdentifier", "")
        return ConfigRule(parameters_from_json(rules[0].get("InputParameters")), source)

    def rule_parameters(self, rule_name: str) -> Mapping[str, str] | None:
        """The rule's parameters as they are now, None where there is no such rule."""
        rule = self.rule(rule_name)
        return rule.parameters if rule else None


def _item(raw: Mapping[str, Any]) -> ConfigItem:
    """An item as the API gives it: other names for three fields, and datetimes, than in a notification."""
    captured = raw["configurationItemCaptureTime"]
    return ConfigItem.from_json(
        {
            **raw,
            "configurationItemCaptureTime": captured if isinstance(captured, str) else captured.isoformat(),
            "awsAccountId": raw.get("accountId"),
        },
        "configurationItem",
    )
