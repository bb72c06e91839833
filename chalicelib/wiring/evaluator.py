"""The gateways of the flow `evaluate`."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from chalicelib.aws.config_events import ConfigItem
from chalicelib.aws.config_service import ConfigService
from chalicelib.errors import DdAwsError
from chalicelib.rules import live
from chalicelib.wiring.shared import Gateways


class EvaluatorGateways(Gateways):
    """For the flow `evaluate`."""

    @cached_property
    def config(self) -> ConfigService:
        return ConfigService(self.client("config"))

    def inventory(self, resource_type: str, account_id: str) -> Any:
        return live.inventory(resource_type, account_id, self.settings.region)

    def item(self, resource_type: str, resource_id: str, captured_at: str) -> ConfigItem | None:
        return self.config.item(resource_type, resource_id, captured_at)

    def queue_findings(self, bodies: Sequence[str]) -> Mapping[int, DdAwsError]:
        return self.queues.send_all(self.settings.remediation_queue, bodies)

    def verdicts(self, rule_name: str) -> Mapping[str, tuple[str, str]]:
        return self.config.verdicts(rule_name)

    def put_evaluations(
        self, evaluations: Sequence[Mapping[str, Any]], result_token: str, test_mode: bool
    ) -> list[Mapping[str, Any]]:
        return self.config.put_evaluations(evaluations, result_token, test_mode)
