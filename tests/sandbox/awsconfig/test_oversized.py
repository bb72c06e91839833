"""Items too large for a notification."""

import gzip
import json

import pytest

from sandbox.awsconfig import Limits
from tests.sandbox.awsconfig.world import BUCKET, THING, World, concerned, invoking_event

CHANGE = "ConfigurationItemChangeNotification"
OVERSIZED = "OversizedConfigurationItemChangeNotification"
SCHEDULED = "ScheduledNotification"


def kinds(world: World) -> list[str]:
    return [invoking_event(event)["messageType"] for event in world.invoked]


@pytest.fixture
def narrow() -> World:
    """An account where notifications are small."""
    world = World({"limits": Limits(notification_bytes=2000)})
    world.start_recording()
    return world


def test_an_item_too_large_to_send_is_summed_up(narrow: World) -> None:
    narrow.put_rule()
    narrow.forget()
    narrow.put_thing("large", text="x" * 2000)
    narrow.put_thing("small")
    narrow.tick()
    assert kinds(narrow) == [OVERSIZED, CHANGE]
    event, (notification,) = narrow.invoked[0], narrow.messages(OVERSIZED)
    assert invoking_event(event) == notification
    summary = notification["configurationItemSummary"]
    assert (summary["changeType"], summary["resourceId"], summary["awsAccountId"]) == (
        "CREATE",
        "large",
        "123456789012",
    )
    assert summary["configurationItemStatus"] == "ResourceDiscovered"
    assert "configuration" not in summary
    assert narrow.published[0].subject == f"[AWS Config:eu-west-1] {THING} large Created in Account 123456789012"
    bucket, _, key = notification["s3DeliverySummary"]["s3BucketLocation"].partition("/")
    whole = json.loads(gzip.decompress(narrow.objects[key]))
    assert bucket == BUCKET
    assert whole["configurationItem"]["configuration"] == {"text": "x" * 2000}


def test_the_whole_of_a_large_item_can_be_fetched(narrow: World) -> None:
    narrow.put_thing("large", text="x" * 2000)
    narrow.tick()
    keys = [{"resourceType": THING, "resourceId": "large"}]
    (item,) = narrow.call("BatchGetResourceConfig", resourceKeys=keys)["baseConfigurationItems"]
    assert json.loads(item["configuration"]) == {"text": "x" * 2000}


@pytest.mark.parametrize(("listens_to", "seen"), [(CHANGE, ["small"]), (OVERSIZED, ["large"])])
def test_a_function_gets_only_the_messages_that_its_rule_asks_for(
    narrow: World, listens_to: str, seen: list[str]
) -> None:
    narrow.put_thing("large", text="x" * 2000)
    narrow.put_thing("small")
    narrow.put_rule("before", listens_to)
    narrow.tick()
    narrow.put_rule("after", listens_to)
    assert [concerned(event) for event in narrow.invoked] == seen * 2
