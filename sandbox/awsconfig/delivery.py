"""Deliveries through the delivery channel: notifications to its topic, files to its bucket."""

import gzip
import json
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.awsconfig import notifications
from sandbox.awsconfig.channel import DeliveryChannel
from sandbox.awsconfig.clock import milliseconds
from sandbox.awsconfig.items import Item
from sandbox.awsconfig.resource import Account, Json
from sandbox.awsconfig.state import State

logger = logging.getLogger(__name__)
FAILURES = (BotoCoreError, ClientError)


def stream(state: State, message: Json) -> None:
    """Send a notification to the channel's topic, if it has one."""
    channel = state.channel
    if channel is None or channel.topic_arn is None:
        return
    topic_arn = channel.topic_arn
    subject = notifications.subject(state.account, message)
    attributes = {"messageType": message["messageType"]}

    def publish() -> None:
        state.outside.publish(topic_arn, subject, message, attributes)

    _send(state, channel.stream_status, "lastStatusChangeTime", publish)


def deliver_event(state: State, event: Json) -> None:
    """Send an event to EventBridge, even without a channel. A failure is only logged."""

    def send() -> None:
        try:
            state.outside.deliver_event(event)
        except FAILURES as error:
            logger.warning("%s could not be delivered: %s", event["detail-type"], error)

    state.outbox.put(send)


def write_history(state: State, resource_type: str, items: Sequence[Item]) -> None:
    """Write a file of items of one type: AWS does so every six hours; here, each poll with changes does."""
    channel = state.channel
    if channel is None or not items:
        return
    key = _history_key(state.account, channel, resource_type, items)
    _write(state, channel, key, {"configurationItems": [item.for_notification() for item in items]})


def write_oversized(state: State, item: Item, notification: Json) -> str | None:
    """Write a notification that is too large to send; return its location, None without a channel."""
    channel = state.channel
    if channel is None:
        return None
    account, resource = state.account, item.resource
    name = (
        f"{account.account_id}_Config_{account.region}_ChangeNotification_{resource.resource_type}_"
        f"{resource.resource_id}_{_second(item.captured)}_{milliseconds(item.captured)}.json.gz"
    )
    folder = f"OversizedChangeNotification/{resource.resource_type}/{resource.resource_id}"
    key = f"{_day(account, channel, item.captured)}/{folder}/{name}"
    _write(state, channel, key, notification)
    return f"{channel.bucket}/{key}"


def check_writable(state: State, channel: DeliveryChannel) -> None:
    """Write the empty file with which AWS Config tests a new channel; raises boto3's exceptions."""
    key = f"{channel.prefix}AWSLogs/{state.account.account_id}/Config/ConfigWritabilityCheckFile"
    state.outside.put_object(channel.bucket, key, b"")


def _write(state: State, channel: DeliveryChannel, key: str, content: Json) -> None:
    body = gzip.compress(json.dumps({"fileVersion": "1.0", **content}).encode(), mtime=0)
    bucket = channel.bucket
    _send(state, channel.history_status, "lastAttemptTime", lambda: state.outside.put_object(bucket, key, body))


def _send(state: State, status: Json, time_name: str, call: Callable[[], None]) -> None:
    """Make a call once the state is consistent, and record its outcome in `status`."""

    def send() -> None:
        try:
            call()
        except FAILURES as error:
            outcome = {"lastStatus": "Failure", **failure(error)}
        else:
            outcome = {"lastStatus": "Success", "lastErrorCode": None, "lastErrorMessage": None}
        with state.lock:
            status.update(outcome, **{time_name: state.clock()})

    state.outbox.put(send)


def failure(error: Exception) -> Json:
    """A failed call, in the words of AWS Config's statuses of deliveries."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
    return {"lastErrorCode": code, "lastErrorMessage": str(error)}


def _history_key(account: Account, channel: DeliveryChannel, resource_type: str, items: Sequence[Item]) -> str:
    first, last = items[0].captured, items[-1].captured
    stem = f"ConfigHistory_{resource_type}_{_second(first)}_{_second(last)}"
    channel.delivered[stem] += 1
    name = f"{account.account_id}_Config_{account.region}_{stem}_{channel.delivered[stem]}.json.gz"
    return f"{_day(account, channel, last)}/ConfigHistory/{name}"


def _day(account: Account, channel: DeliveryChannel, moment: datetime) -> str:
    """A day's folder. AWS writes month and day without leading zeros."""
    day = moment.astimezone(UTC)
    return f"{channel.prefix}AWSLogs/{account.account_id}/Config/{account.region}/{day.year}/{day.month}/{day.day}"


def _second(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
