from collections.abc import Callable, Mapping
from typing import Any

import pytest

from chalicelib.errors import Failure
from chalicelib.gateways.clients import client
from chalicelib.gateways.config_service import BACKOFF, ConfigService
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
    """BatchGetResourceConfig, which takes so many keys of each call, at most so often."""

    def __init__(self, *takes: int) -> None:
        self.takes = list(takes)
        self.left = [{"resourceType": S3_BUCKET, "resourceId": name} for name in NAMES]

    def __call__(self, _: Mapping[str, Any]) -> Answer:
        most = self.takes.pop(0)
        taken, self.left = self.left[:most], self.left[most:]
        items = {"baseConfigurationItems": [item(key["resourceId"]) for key in taken]}
        return {**items, "unprocessedResourceKeys": self.left} if self.left else items


def names(batches: Callable[[Mapping[str, Any]], Answer]) -> list[str]:
    """The ids of the items, then what is said of those that AWS Config does not give."""
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
    assert b.startswith("b-bucket: AWS Config lists it and does not give its item")
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
