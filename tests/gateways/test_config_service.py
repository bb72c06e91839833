import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib.aws.clients import client
from chalicelib.aws.config_events import ConfigItem
from chalicelib.aws.config_service import BACKOFF, ConfigService
from chalicelib.errors import Failure
from chalicelib.resources import S3_BUCKET
from tests.answers import ACCOUNT, REGION, Answer, answered, refusal

NAMES = ("a-bucket", "b-bucket", "c-bucket")


def item(name: str) -> dict[str, Any]:
    return {
        "resourceType": S3_BUCKET,
        "resourceId": name,
        "configurationItemStatus": "OK",
        "configurationItemCaptureTime": "2026-01-01T00:00:00Z",
    }


def listed(_: Mapping[str, Any]) -> Answer:
    return {"resourceIdentifiers": [{"resourceType": S3_BUCKET, "resourceId": name} for name in NAMES]}


class Batches:
    """BatchGetResourceConfig, which processes a limited number of keys per call, in a limited number of calls."""

    def __init__(self, *takes: int) -> None:
        self.takes = list(takes)
        self.left = [{"resourceType": S3_BUCKET, "resourceId": name} for name in NAMES]

    def __call__(self, _: Mapping[str, Any]) -> Answer:
        most = self.takes.pop(0)
        taken, self.left = self.left[:most], self.left[most:]
        items = {"baseConfigurationItems": [item(key["resourceId"]) for key in taken]}
        return {**items, "unprocessedResourceKeys": self.left} if self.left else items


def names(batches: Callable[[Mapping[str, Any]], Answer]) -> list[str]:
    """The IDs of the items, then the failures of those that AWS Config does not return."""
    waits: list[float] = []
    with answered("config", "ListDiscoveredResources", listed), answered("config", "BatchGetResourceConfig", batches):
        found = list(ConfigService(client("config", ACCOUNT, REGION), sleep=waits.append).items(S3_BUCKET))
    assert sum(waits) <= sum(BACKOFF) * len(NAMES)
    return [str(each) if isinstance(each, Failure) else each.resource_id for each in found]


def test_what_aws_config_did_not_get_to_is_asked_again() -> None:
    assert names(Batches(2, 1)) == [*NAMES]


def test_what_aws_config_never_gets_to_is_asked_for_a_few_times_and_each_is_named_beside_the_items() -> None:
    a, b, c = names(Batches(1, *[0] * (len(BACKOFF) - 1)))
    assert a == "a-bucket"
    assert b.startswith("b-bucket: AWS Config lists the resource, but did not return its item")
    assert c.startswith("c-bucket: ")


def test_what_aws_config_leaves_unprocessed_is_asked_for_as_long_as_it_gives_some() -> None:
    assert names(Batches(1, 0, 0, 1, 0, 0, 1)) == [*NAMES]


def test_an_item_that_cannot_be_read_is_named_and_its_neighbours_are_read() -> None:
    broken = [item("a-bucket"), {**item("b-bucket"), "configurationItemStatus": ""}, item("c-bucket")]
    a, b, c = names(lambda _: {"baseConfigurationItems": broken})
    assert (a, c) == ("a-bucket", "c-bucket")
    assert b.startswith("b-bucket: configurationItem.configurationItemStatus: expected a text")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_where_items_may_not_be_read_each_resource_of_the_page_is_named(code: str) -> None:
    assert [code in each for each in names(lambda _: refusal(code))] == [True] * 3


NOTIFIED = "2026-01-01T00:00:00.750Z"


class OfHistory:
    """GetResourceConfigHistory with an older client: `laterTime` is cut to the second, and pages may be empty."""

    def __init__(self, *captured: str) -> None:
        self.captured = captured
        self.asked: list[dict[str, Any]] = []

    def __call__(self, request: Mapping[str, Any]) -> Answer:
        asked = json.loads(request["body"])
        self.asked.append(asked)
        if "nextToken" not in asked:
            return {"configurationItems": [], "nextToken": "another-page"}
        latest = datetime.fromtimestamp(int(asked["laterTime"]), UTC)
        times = sorted((datetime.fromisoformat(each) for each in self.captured), reverse=True)
        found = [each for each in times if each <= latest][:1]
        return {"configurationItems": [{**item("a-bucket"), "configurationItemCaptureTime": each} for each in found]}


def whole_item(history: OfHistory) -> ConfigItem | None:
    with answered("config", "GetResourceConfigHistory", history):
        return ConfigService(client("config", ACCOUNT, REGION)).item(S3_BUCKET, "a-bucket", NOTIFIED)


def test_the_item_of_an_oversized_notification_is_found_behind_an_empty_page_and_a_time_cut_to_the_second() -> None:
    history = OfHistory("2026-01-01T00:00:00.750+00:00", "2025-12-31T00:00:00+00:00")
    found = whole_item(history)
    assert found is not None
    assert found.captured_at == "2026-01-01T00:00:00.750000+00:00"
    assert [each["limit"] for each in history.asked] == [1, 1]


def test_an_item_that_is_newer_than_its_notification_will_do() -> None:
    found = whole_item(OfHistory("2026-01-01T00:00:01.100+00:00", "2026-01-01T00:00:00.750+00:00"))
    assert found is not None
    assert found.captured_at.startswith("2026-01-01T00:00:01.1")


@pytest.mark.parametrize("captured", [(), ("2026-01-01T00:00:00.700+00:00",), ("2025-12-31T00:00:00+00:00",)])
def test_an_item_that_is_older_than_its_notification_is_none(captured: tuple[str, ...]) -> None:
    assert whole_item(OfHistory(*captured)) is None
