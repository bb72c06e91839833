"""AWS Config: configuration items, evaluations, and the parameters of rules."""

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
"""The last two: no resource can have such a name."""
BACKOFF = (0.0, 0.5, 1.0, 2.0)
"""Seconds before each retry of items that AWS Config leaves unprocessed. The retries start again after a success."""
NEWEST = 1
"""AWS Config returns the newest item first."""
PAGE = 100
"""The limit of PutEvaluations and of BatchGetResourceConfig."""


@dataclass(frozen=True)
class ConfigRule:
    """A Config rule: its parameters, and its evaluator (a function's ARN, or the identifier of a managed rule)."""

    parameters: Mapping[str, str]
    source: str

    @property
    def is_managed(self) -> bool:
        """Whether it is an AWS managed rule."""
        return not self.source.startswith("arn:")

    def is_judged_by(self, function: str, account_id: str) -> bool:
        """Whether a function of that account, in any version, is its evaluator."""
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
        """The item of an oversized notification, or a later one; None if AWS Config has only older ones.

        AWS Config returns no item captured after `laterTime`, which some of AWS's clients cut to the second. Therefore
        it is set a whole second later. A page may be empty although more pages follow.
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
        """The current item of every recorded resource of a type, with two calls per hundred.

        An item that AWS Config does not return, or that cannot be read, is replaced by a Failure.
        """
        pages = self._client.get_paginator("list_discovered_resources").paginate(
            resourceType=resource_type, PaginationConfig={"PageSize": PAGE}
        )
        for page in pages:
            yield from self._items(resource_type, [found["resourceId"] for found in page["resourceIdentifiers"]])

    def _items(self, resource_type: str, names: Sequence[str]) -> Iterator[ConfigItem | Failure]:
        """The items of at most a hundred resources."""
        missing, tries = list(names), 0
        problem: DdAwsError = NotDone("AWS Config lists the resource, but did not return its item in any try.")
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
        """Report at most a hundred evaluations; return those that AWS Config did not accept."""
        answer = self._client.put_evaluations(
            Evaluations=list(evaluations), ResultToken=result_token, TestMode=test_mode
        )
        return list(answer.get("FailedEvaluations", []))

    def verdicts(self, rule_name: str) -> dict[str, Verdict]:
        """The last evaluation result of each resource, by ID: the compliance type and the annotation."""
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
        """The current rule; None if it does not exist."""
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
        """The rule's current parameters; None if the rule does not exist."""
        rule = self.rule(rule_name)
        return rule.parameters if rule else None


def _item(raw: Mapping[str, Any]) -> ConfigItem:
    """An item as the API returns it: three field names and the times differ from those in a notification."""
    captured = raw["configurationItemCaptureTime"]
    return ConfigItem.from_json(
        {
            **raw,
            "configurationItemCaptureTime": captured if isinstance(captured, str) else captured.isoformat(),
            "awsAccountId": raw.get("accountId"),
        },
        "configurationItem",
    )
