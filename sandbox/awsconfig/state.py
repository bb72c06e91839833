"""The state of the emulated AWS Config, and the services that it calls."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from sandbox.awsconfig.channel import DeliveryChannel
from sandbox.awsconfig.history import History
from sandbox.awsconfig.outbox import Outbox
from sandbox.awsconfig.recorder import Recorder
from sandbox.awsconfig.resource import Account, Json, ResourceType
from sandbox.awsconfig.results import Invocation, Result, ResultKey
from sandbox.awsconfig.rules import Rule


@dataclass(frozen=True)
class Outside:
    """The other services, as AWS Config uses them. Failures are boto3's exceptions.

    Attributes
    ----------
    invoke : callable
        (function ARN, event): invoke a Lambda function asynchronously.
    publish : callable
        (topic ARN, subject, message, attributes as texts): publish to an SNS topic.
    deliver_event : callable
        (event): put an event on the account's default event bus.
    put_object : callable
        (bucket, key, body): write an S3 object.
    function_policy : callable
        function ARN -> its resource policy, parsed; None where there is no function or no policy.
    """

    invoke: Callable[[str, Json], None]
    publish: Callable[[str, str, Json, Mapping[str, str]], None]
    deliver_event: Callable[[Json], None]
    put_object: Callable[[str, str, bytes], None]
    function_policy: Callable[[str], Json | None]


@dataclass(frozen=True)
class Limits:
    """AWS Config's limits, which tests can change.

    Attributes
    ----------
    notification_bytes : int
        A change notification larger than this goes out as its summary.
    token_lifetime : timedelta
        How long a result token can be used. AWS does not publish its own.
    between_on_demand_evaluations : timedelta
        StartConfigRulesEvaluation is refused for a rule that it was called for within this time.
    """

    notification_bytes: int = 256 * 1024
    token_lifetime: timedelta = timedelta(hours=12)
    between_on_demand_evaluations: timedelta = timedelta(minutes=1)


def nothing_fails(_evaluation: Mapping[str, Any]) -> bool:
    return False


@dataclass
class State:
    """The emulated AWS Config of one account and region. Readers and writers hold `lock`."""

    account: Account
    outside: Outside
    resource_types: tuple[ResourceType, ...]
    clients: Mapping[str, Any]
    clock: Callable[[], datetime]
    limits: Limits = Limits()
    evaluation_fails: Callable[[Mapping[str, Any]], bool] = nothing_fails
    lock: RLock = field(default_factory=RLock)
    outbox: Outbox = field(default_factory=Outbox)
    recorder: Recorder | None = None
    channel: DeliveryChannel | None = None
    history: History = field(default_factory=History)
    rules: dict[str, Rule] = field(default_factory=dict)
    invocations: dict[str, Invocation] = field(default_factory=dict)
    results: dict[ResultKey, Result] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
