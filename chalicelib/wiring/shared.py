"""The gateways that several flows share."""

import time
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from chalicelib.approvals.store import Holds
from chalicelib.aws.clients import HURRIED, client
from chalicelib.aws.config_service import ConfigRule, ConfigService
from chalicelib.aws.queues import Queues
from chalicelib.exemptions.store import Exemptions
from chalicelib.investigation.inquiry import Inquiry
from chalicelib.investigation.queue import Inquiries
from chalicelib.limits.limits import Limits
from chalicelib.limits.store import Controls
from chalicelib.modes import Handling
from chalicelib.notify import Notification
from chalicelib.notify.topic import Topic
from chalicelib.settings import Settings, dead_letter

HUB = "hub"
"""The account in which we run, with our queues and our topic."""


class Gateways:
    """The stage's settings, queues, topic, tables and clock."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def client(self, service: str) -> Any:
        return client(service, HUB, self.settings.region)

    @property
    def tables(self) -> Any:
        """DynamoDB's client."""
        return client("dynamodb", HUB, self.settings.region, HURRIED)

    @cached_property
    def queues(self) -> Queues:
        return Queues(self.client("sqs"))

    @cached_property
    def inquiries(self) -> Inquiries:
        return Inquiries(client("sqs", HUB, self.settings.region, HURRIED), self.settings.investigation_queue)

    @cached_property
    def topic(self) -> Topic:
        return Topic(self.client("sns"), self.client("sts"), self.settings.region, self.settings.topic)

    @cached_property
    def account_id(self) -> str:
        """The ID of the account in which we are deployed, from the URL of our queue."""
        return self.queues.url(self.settings.remediation_queue).rsplit("/", 2)[-2]

    def name(self, suffix: str) -> str:
        return self.settings.name(suffix)

    def config_rule(self, name: str) -> ConfigRule | None:
        """A Config rule of our account and region as it is now; None if it does not exist."""
        return ConfigService(client("config", self.account_id, self.region)).rule(name)

    @property
    def region(self) -> str:
        return self.settings.region

    @property
    def stage(self) -> str:
        return self.settings.stage

    @cached_property
    def controls(self) -> Controls:
        return Controls(self.tables, self.settings.trust_table, Limits(self.settings.max_fixes_per_hour))

    @cached_property
    def exemptions(self) -> Exemptions:
        return Exemptions(self.tables, self.settings.trust_table)

    @cached_property
    def holds(self) -> Holds:
        return Holds(self.tables, self.settings.journal_table)

    @property
    def asks_nobody(self) -> bool:
        return self.settings.asks_nobody

    def handling(self, config_rule: str) -> Handling:
        return self.settings.handling(config_rule)

    @property
    def allow_exempt_tag(self) -> bool:
        return self.settings.allow_exempt_tag

    def timestamp(self) -> str:
        return datetime.now(UTC).isoformat(timespec="seconds")

    def publish(self, notification: Notification) -> None:
        self.topic.publish(notification)

    def inquire(self, inquiry: Inquiry, seconds: int) -> None:
        """Send an inquiry to the investigator, visible after `seconds`."""
        self.inquiries.send(inquiry, seconds)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def put_aside(self, queue: str, body: str, reason: str) -> str:
        self.queues.send(dead_letter(queue), body, {"reason": reason})
        return dead_letter(queue)

    def requeue(self, body: str, seconds: int) -> None:
        """Send a finding to the remediation queue, delayed by `seconds`, at most 15 minutes."""
        self.queues.send(self.settings.remediation_queue, body, delay=seconds)
