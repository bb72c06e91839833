"""Our functions as processes that can die, and what is delivered again when one has."""

from collections.abc import Callable, Mapping
from typing import Any

import app
from chalicelib.gateways.clients import HURRIED, client
from chalicelib.wiring import HUB
from tests.handlers.conftest import ACCOUNT, REGION

from .points import Point, Process

SERVICES = ("config", "dynamodb", "ec2", "s3", "s3control", "service-quotas", "sns", "sqs", "ssm", "sts")


def run(process: Process, work: Callable[[], Any]) -> Point | None:
    """Do `work` with every client that our functions use; where the process died, None if it lived."""
    clients = [client(service, account, REGION) for service in SERVICES for account in (ACCOUNT, HUB)]
    return process.runs(work, [*clients, client("dynamodb", HUB, REGION, HURRIED)])


def remediator(function: str, event: Mapping[str, Any]) -> Callable[[], Any]:
    """An invocation of a remediator."""
    return lambda: getattr(app, function)(dict(event), None)


def again(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as SQS delivers it again once its visibility timeout is over."""
    return {"Records": [_again(record) for record in event["Records"]]}


def _again(record: Mapping[str, Any]) -> dict[str, Any]:
    count = int(record["attributes"]["ApproximateReceiveCount"]) + 1
    return {**record, "attributes": {**record["attributes"], "ApproximateReceiveCount": str(count)}}
