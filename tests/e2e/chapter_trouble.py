"""Chapter four: messages that nobody can work on, a Slack that is busy or down, and more news than anyone reads."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.slack.rate_limit import MESSAGES_A_MINUTE
from chalicelib.slack.rate_store import NotificationRate
from sandbox import Sandbox
from sandbox.demo.leaks import Leak
from sandbox.demo.planting import bucket_with_public_acl
from sandbox.environment import ACCOUNT_ID, REGION
from sandbox.slack.posts import Post
from tests.e2e.account import (
    RATE_TABLE,
    REMEDIATION,
    TOPIC,
    WORK_QUEUES,
    Letter,
    function,
    invoke,
    letters,
    send,
    texts,
)
from tests.e2e.chapter_on import wait_until_healed
from tests.e2e.waiting import eventually
from tests.notify.samples import event, sns_event

NOT_JSON = "this is no message of ours"
LATEST_SECOND = 45
"""Seconds of a minute that must be left for a message to arrive within it."""
NOTHING_ANY_MORE = 0
EVENT_ID = "m-0"
EVALUATORS = ("evaluate_security_group", "evaluate_s3_bucket")


@dataclass(frozen=True)
class Trouble:
    """The chapter's records.

    Attributes
    ----------
    poison : dict
        What nobody can work on -> what the coordinator's dead-letter queue holds.
    orders : dict
        Work queue -> what its dead-letter queue holds after an order that is none.
    events : list of str
        Which events, by their `configRuleName`, the evaluators' on-failure queue holds.
    unheard : list of str
        Which events, by SNS's message id, the notifier's on-failure queue holds.
    posts : list of Post
        All that was posted to Slack while it said 429 once.
    """

    healed_meanwhile: Leak
    facts_meanwhile: dict[str, str]
    poison: list[Letter]
    told_meanwhile: list[str]
    posts: list[Post]
    orders: dict[str, list[Letter]]
    events: list[str]
    digest: str
    unheard: list[str]


def unknown_violation() -> dict[str, Any]:
    """A well-formed finding of a kind that no rule of ours knows."""
    return {
        "version": "1",
        "raisedByRule": "somebody-elses-rule",
        "awsAccountId": ACCOUNT_ID,
        "awsRegion": REGION,
        "targetResourceType": "AWS::EC2::Volume",
        "targetResourceId": "vol-1",
        "detectedAt": "2026-11-05T03:12:10Z",
        "violations": [{"violationType": "EC2_VOLUME_UNENCRYPTED", "violationDetails": {"reason": "unencrypted"}}],
        "requiredSteps": [],
    }


def play(box: Sandbox) -> Trouble:
    """Cause one failure after the other; a leak among them is still fixed."""
    _fill_this_minute(box)
    _publish(box, 3)
    orders = _orders_that_are_none(box)
    events = _events_that_are_none(box)
    digest = eventually("a digest", lambda: next(iter(_digests(box)), ""), 120)
    leak, poison = _poison(box)
    facts, told, posts = leak.read(), texts(box), box.slack.posts()
    assert not invoke(box, "evaluate_s3_bucket", _item_that_shows_nothing(leak.resource_id))
    return Trouble(leak, facts, poison, told, posts, orders, events, digest, _notify_while_slack_is_down(box))


def _item_that_shows_nothing(bucket: str) -> dict[str, Any]:
    """A change of a bucket that AWS Config's recorder could not read: the evaluator has to read it itself."""
    item = {
        "resourceType": "AWS::S3::Bucket",
        "resourceId": bucket,
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2026-11-05T03:12:10.000Z",
        "awsRegion": REGION,
        "awsAccountId": ACCOUNT_ID,
        "configuration": None,
        "supplementaryConfiguration": {},
    }
    return {
        "invokingEvent": json.dumps({"messageType": "ConfigurationItemChangeNotification", "configurationItem": item}),
        "ruleParameters": "{}",
        "resultToken": "TESTMODE",
        "eventLeftScope": False,
        "configRuleName": function("s3-bucket-public-access"),
        "accountId": ACCOUNT_ID,
    }


def _poison(box: Sandbox) -> tuple[Leak, list[Letter]]:
    """Two messages that nobody can work on, while Slack is busy; and a leak beside them."""
    box.slack.fail_next(1, 429, retry_after=1)
    send(box, REMEDIATION, NOT_JSON)
    send(box, REMEDIATION, unknown_violation())
    leak = bucket_with_public_acl(box, "acme-again")
    wait_until_healed(box, leak)
    eventually("both rejections on Slack", lambda: len(_rejections(box)) == 2)
    return leak, letters(box, f"{REMEDIATION}-dlq")


def _rejections(box: Sandbox) -> list[str]:
    return [text for text in texts(box) if f" Message rejected: {REMEDIATION}-dlq" in text]


def _fill_this_minute(box: Sandbox) -> None:
    """Count as many notifications as go out one by one, so that what comes now waits for the minute's digest."""
    minute = eventually("a minute with time left", _minute_with_time_left)
    rate = NotificationRate(box.client("dynamodb"), RATE_TABLE)
    for _ in range(MESSAGES_A_MINUTE):
        rate.count(minute)


def _minute_with_time_left() -> str:
    """This minute, as the table has it; empty where too little of it is left."""
    now = datetime.now(UTC)
    return f"{now:%Y-%m-%dT%H:%M}" if now.second < LATEST_SECOND else ""


def _publish(box: Sandbox, number: int) -> None:
    """Genuine news for the notifier."""
    change = json.loads(event("security_group_becomes_non_compliant")["Records"][0]["Sns"]["Message"])
    for index in range(number):
        box.client("sns").publish(
            TopicArn=f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{TOPIC}",
            Subject="news",
            Message=json.dumps({**change, "resourceId": f"sg-{index}"}),
            MessageAttributes={"messageType": {"DataType": "String", "StringValue": change["messageType"]}},
        )


def _digests(box: Sandbox) -> list[str]:
    return [text for text in texts(box) if "more notification" in text]


def _orders_that_are_none(box: Sandbox) -> dict[str, list[Letter]]:
    for queue in WORK_QUEUES:
        send(box, queue, {"sourceQueueUrl": f"https://sqs/{REMEDIATION}"})
    return {queue: _letters_at_last(box, f"{queue}-dlq") for queue in WORK_QUEUES}


def _letters_at_last(box: Sandbox, queue: str, number: int = 1) -> list[Letter]:
    """The letters in a queue, once there are so many."""
    eventually(f"{number} in {queue}", lambda: len(letters(box, queue)) >= number)
    return letters(box, queue)


def _events_that_are_none(box: Sandbox) -> list[str]:
    """Events that AWS Config would never send: each function fails on its own three times."""
    for name in EVALUATORS:
        invoke(box, name, {"configRuleName": f"for {name}", "invokingEvent": "{}"}, kind="Event")
    found = _letters_at_last(box, function("evaluator-dlq"), len(EVALUATORS))
    return sorted(json.loads(letter.body)["requestPayload"]["configRuleName"] for letter in found)


def _notify_while_slack_is_down(box: Sandbox) -> list[str]:
    """Notifications that Slack never accepts."""
    box.slack.fail_next(1000, 500)
    message = json.loads(event("security_group_becomes_non_compliant")["Records"][0]["Sns"]["Message"])
    invoke(box, "notifier", sns_event(message), kind="Event")
    found = _letters_at_last(box, function("notifier-dlq"))
    box.slack.fail_next(NOTHING_ANY_MORE, 500)
    return [json.loads(letter.body)["requestPayload"]["Records"][0]["Sns"]["MessageId"] for letter in found]
