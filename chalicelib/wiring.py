"""Builds the gateways lazily, once per container: the only place that knows the concrete classes.

Each class answers what one flow's Protocol asks for.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import Any

from chalicelib.config_events import ConfigItem
from chalicelib.gateways import live
from chalicelib.gateways.calls import make
from chalicelib.gateways.clients import HURRIED, client
from chalicelib.gateways.config_service import ConfigService
from chalicelib.gateways.controls import Controls
from chalicelib.gateways.exemptions import Exemptions
from chalicelib.gateways.journal import Journal
from chalicelib.gateways.parameters import Parameters
from chalicelib.gateways.queues import Queues, Received
from chalicelib.gateways.rate import NotificationRate
from chalicelib.gateways.slack import SlackWebhook
from chalicelib.gateways.topic import Topic
from chalicelib.messages import AwsCall, Finding
from chalicelib.notifications import Notification
from chalicelib.resources import Fact, Resource
from chalicelib.settings import MAX_RECEIVE_COUNT, Settings, dead_letter

HUB = "hub"
"""The account that our own queues and topic are in: the one we run in."""


class _Gateways:
    """What several flows share: the stage's settings, its queues, its topic, and time."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def client(self, service: str) -> Any:
        return client(service, HUB, self.settings.region)

    @cached_property
    def queues(self) -> Queues:
        return Queues(self.client("sqs"))

    @cached_property
    def topic(self) -> Topic:
        return Topic(self.client("sns"), self.client("sts"), self.settings.region, self.settings.topic)

    @cached_property
    def controls(self) -> Controls:
        return Controls(self.client("dynamodb"), self.settings.trust_table)

    @cached_property
    def exemptions(self) -> Exemptions:
        return Exemptions(self.client("dynamodb"), self.settings.trust_table)

    @property
    def allow_exempt_tag(self) -> bool:
        return self.settings.allow_exempt_tag

    def timestamp(self) -> str:
        return datetime.now(UTC).isoformat(timespec="seconds")

    def publish(self, notification: Notification) -> None:
        self.topic.publish(notification)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def put_aside(self, queue: str, body: str, reason: str) -> str:
        self.queues.send(dead_letter(queue), body, {"reason": reason})
        return dead_letter(queue)

    def queue_anew(self, body: str, seconds: int) -> None:
        """Let a finding wait in the remediation queue, unseen for up to a quarter of an hour of `seconds`."""
        self.queues.send(self.settings.remediation_queue, body, delay=seconds)


class EvaluatorGateways(_Gateways):
    """For the flow `evaluate`."""

    @cached_property
    def config(self) -> ConfigService:
        return ConfigService(self.client("config"))

    def inventory(self, resource_type: str, account_id: str) -> Any:
        return live.inventory(resource_type, account_id, self.settings.region)

    def item(self, resource_type: str, resource_id: str, captured_at: str) -> ConfigItem | None:
        return self.config.item(resource_type, resource_id, captured_at)

    def queue_findings(self, bodies: Sequence[str]) -> set[int]:
        return self.queues.send_all(self.settings.remediation_queue, bodies)

    def verdicts(self, rule_name: str) -> Mapping[str, tuple[str, str]]:
        return self.config.verdicts(rule_name)

    def put_evaluations(
        self, evaluations: Sequence[Mapping[str, Any]], result_token: str, test_mode: bool
    ) -> list[Mapping[str, Any]]:
        return self.config.put_evaluations(evaluations, result_token, test_mode)


class CoordinatorGateways(_Gateways):
    """For the flow `coordinate`."""

    @property
    def source_queue_url(self) -> str:
        return self.queues.url(self.settings.remediation_queue)

    def receive(self, visibility: int, wait: int) -> list[Received]:
        return self.queues.receive(self.settings.remediation_queue, visibility, wait)

    def forward(self, remediator: str, bodies: Sequence[str]) -> set[int]:
        return self.queues.send_all(self.settings.work_queue(remediator), bodies)

    def hide(self, receipt_handles: Sequence[str], seconds: int) -> None:
        self.queues.hide(self.settings.remediation_queue, receipt_handles, seconds)

    def backlog(self, remediator: str) -> int:
        return self.queues.backlog(self.settings.work_queue(remediator))

    def reject(self, body: str, reason: str) -> str:
        return self.put_aside(self.settings.remediation_queue, body, reason)

    def delete(self, receipt_handle: str) -> None:
        self.queues.delete(self.source_queue_url, receipt_handle)

    def now(self) -> float:
        return time.monotonic()


class RemediatorGateways(_Gateways):
    """For the flow `remediate`. Nothing it reads is remembered: something is about to be changed."""

    max_receive_count = MAX_RECEIVE_COUNT

    def __init__(self, settings: Settings, remediator: str) -> None:
        super().__init__(settings)
        self._remediator = remediator

    @property
    def source_queue(self) -> str:
        return self.settings.remediation_queue

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.client("dynamodb"), self.settings.journal_table)

    def live(self, finding: Finding) -> Resource | None:
        reader = live.reader(finding.target_resource_type, finding.aws_account_id, finding.aws_region)
        return reader.get(finding.target_resource_id)

    def with_facts(self, resource: Resource, facts: frozenset[Fact]) -> Resource:
        return live.with_facts(resource, facts)

    def rule_parameters(self, finding: Finding) -> Mapping[str, str] | None:
        config = ConfigService(client("config", finding.aws_account_id, finding.aws_region))
        return config.rule_parameters(finding.raised_by_rule)

    def make(self, call: AwsCall, seen: Resource) -> Mapping[str, Any]:
        live.demand_unchanged(call, seen)
        return make(call, seen.account_id, seen.region)

    def delete(self, queue_url: str, receipt_handle: str) -> None:
        self.queues.delete(queue_url, receipt_handle)

    def reject(self, body: str, reason: str) -> str:
        return self.put_aside(self.settings.work_queue(self._remediator), body, reason)


class NotifierGateways(_Gateways):
    """For the flow `notify`."""

    @cached_property
    def slack(self) -> SlackWebhook:
        parameters = Parameters(self.client("ssm"))
        return SlackWebhook(lambda: parameters.secret(self.settings.webhook_parameter))

    @cached_property
    def rate(self) -> NotificationRate:
        return NotificationRate(client("dynamodb", HUB, self.settings.region, HURRIED), self.settings.rate_table)

    def now(self) -> datetime:
        return datetime.now(UTC)


class Wiring:
    """The gateways of every flow of one stage, each made at first use."""

    def __init__(self, settings: Settings) -> None:
        self.notifier = NotifierGateways(settings)
        self.evaluator = EvaluatorGateways(settings)
        self.coordinator = CoordinatorGateways(settings)
        self.remediator = cache(lambda name: RemediatorGateways(settings, name))
