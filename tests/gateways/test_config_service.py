from collections.abc import Mapping
from typing import Any

import pytest

from chalicelib.errors import NotDone
from chalicelib.gateways.clients import client
from chalicelib.gateways.config_service import ConfigService
from chalicelib.resources import S3_BUCKET
from tests.answers import ACCOUNT, REGION, Answer, answered

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


def names(batches: Batches) -> list[str]:
    with answered("config", "ListDiscoveredResources", listed), answered("config", "BatchGetResourceConfig", batches):
        found = ConfigService(client("config", ACCOUNT, REGION)).items(S3_BUCKET)
        return [each.resource_id for each in found]


def test_what_aws_config_did_not_get_to_is_asked_again() -> None:
    assert names(Batches(2, 1)) == [*NAMES]


def test_what_aws_config_never_gets_to_is_not_asked_for_ever() -> None:
    with pytest.raises(NotDone, match="2 items, such as that of b-bucket"):
        names(Batches(1, 0))
