"""AWS Config's recorder and delivery channel: an account has one of each per region.

An existing recorder and channel are reused and never changed. Otherwise, deploy creates them, and recognizes them later
by their name, ``dd-aws-<stage>``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.rules import RULES
from chalicelib.settings import APP
from ddaws.deploy import history, recorder_calls, service_linked_role
from ddaws.deploy.recording import check
from ddaws.plan import Change, Plan, Target, Tell, Verb

RESOURCE_TYPES = sorted(rule.resource_type for rule in RULES)
"""The types that our recorder records: each item costs money, and the managed rules are periodic and need none."""


@dataclass(frozen=True)
class Recording:
    """The account's recorder, its status, and the delivery channel, each in AWS Config's form."""

    recorder: Mapping[str, Any] | None
    is_recording: bool
    channel: Mapping[str, Any] | None


def name_of_ours(target: Target) -> str:
    """The name of a recorder and of a channel that are ours."""
    return f"{APP}-{target.stage.name}"


def read(target: Target) -> Recording:
    """Read the account's customer-managed recorder and its delivery channel."""
    client = target.account.client("config")
    recorders = client.describe_configuration_recorders()["ConfigurationRecorders"]
    statuses = client.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    channels = client.describe_delivery_channels()["DeliveryChannels"]
    return Recording(
        recorder=recorders[0] if recorders else None,
        is_recording=any(status.get("recording") for status in statuses),
        channel=channels[0] if channels else None,
    )


def is_ours(target: Target, described: Mapping[str, Any] | None) -> bool:
    """Whether this stage has created a recorder or a channel."""
    return described is not None and described["name"] == name_of_ours(target)


def plan(target: Target, tell: Tell) -> Plan:
    """Check an existing recorder of others; create, correct and start our own."""
    tell("reading recorder and delivery channel")
    found = read(target)
    if found.recorder is not None and not is_ours(target, found.recorder):
        check_reused(target, found)
        return Plan(f"the account's recorder {found.recorder['name']} is used unchanged")
    changes = tuple(_our_recorder(target, found))
    return Plan(f"recorder {name_of_ours(target)} is ours" if found.recorder else "the account has none", changes)


def check_reused(target: Target, found: Recording) -> None:
    """Raise AwsRefused if an existing recorder of others does not record the types that our rules need."""
    if found.recorder is not None and not is_ours(target, found.recorder):
        check(found.recorder, is_recording=found.is_recording, resource_types=RESOURCE_TYPES)


def _our_recorder(target: Target, found: Recording) -> Iterator[Change]:
    """The changes of our recorder, its channel and the resources that both need; only those that differ."""
    name, role_arn = name_of_ours(target), service_linked_role.arn(target)
    wanted = {"name": name, "roleARN": role_arn, "recordingGroup": _group()}
    yield from service_linked_role.making(target)
    if not found.recorder or _differs(found.recorder, wanted):
        yield recorder_calls.put_recorder(_verb(found.recorder), wanted)
    if found.channel is None or is_ours(target, found.channel):
        yield from history.making(target)
        channel = {"name": name, "s3BucketName": history.bucket_name(target)}
        if not found.channel or _differs(found.channel, channel):
            yield recorder_calls.put_channel(_verb(found.channel), channel)
    if not found.is_recording:
        yield recorder_calls.start(name)


def _verb(live: object) -> Verb:
    return "update" if live else "create"


def _group() -> dict[str, Any]:
    return {
        "allSupported": False,
        "includeGlobalResourceTypes": False,
        "resourceTypes": RESOURCE_TYPES,
        "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
    }


def _differs(live: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a field that we set differs; fields that AWS adds do not count."""
    for key, value in wanted.items():
        if isinstance(value, Mapping):
            if _differs(live.get(key) or {}, value):
                return True
        elif isinstance(value, list):
            if sorted(live.get(key) or []) != sorted(value):
                return True
        elif live.get(key) != value:
            return True
    return False
