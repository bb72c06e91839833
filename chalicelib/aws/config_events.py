"""The events that AWS Config sends to a custom rule's function, validated.

Shapes: AWS Config Developer Guide, "Example events for AWS Config Rules".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from chalicelib.errors import BadInput
from chalicelib.json_values import a_text, an_object, parsed

CHANGE = "ConfigurationItemChangeNotification"
OVERSIZED = "OversizedConfigurationItemChangeNotification"
SCHEDULED = "ScheduledNotification"
TEST_MODE_TOKEN = "TESTMODE"  # noqa: S105 - the RDK's convention for a result token that records nothing

_IN_SCOPE = frozenset({"OK", "ResourceDiscovered"})


@dataclass(frozen=True)
class ConfigItem:
    """The main fields of a configuration item, and the item itself.

    Attributes
    ----------
    raw : Mapping
        The whole item, from which gateways create the model.
    """

    resource_type: str
    resource_id: str
    status: str
    captured_at: str
    region: str
    account_id: str
    raw: Mapping[str, Any]

    @property
    def exists(self) -> bool:
        """Whether the resource exists and is recorded."""
        return self.status in _IN_SCOPE

    @classmethod
    def from_json(cls, raw: object, where: str) -> Self:
        if not isinstance(raw, Mapping):
            raise BadInput(where, raw, "a configuration item")
        return cls(
            resource_type=a_text(raw, "resourceType", where),
            resource_id=a_text(raw, "resourceId", where),
            status=a_text(raw, "configurationItemStatus", where),
            captured_at=a_text(raw, "configurationItemCaptureTime", where),
            region=str(raw.get("awsRegion") or ""),
            account_id=str(raw.get("awsAccountId") or ""),
            raw=raw,
        )


@dataclass(frozen=True)
class RuleInvocation:
    """One invocation of a custom rule.

    Attributes
    ----------
    item : ConfigItem or None
        The item of a change notification; for an oversized item its summary, without configuration; None: scheduled.
    ordered_at : str
        ISO 8601: the `OrderingTimestamp` of its evaluations.
    """

    notification: str
    rule_name: str
    rule_parameters: Mapping[str, str]
    account_id: str
    result_token: str
    left_scope: bool
    ordered_at: str
    item: ConfigItem | None

    @property
    def is_test(self) -> bool:
        return self.result_token == TEST_MODE_TOKEN

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read the event of a rule's function; BadInput names the invalid field."""
        invoking = _decoded(event.get("invokingEvent"), "invokingEvent")
        notification = a_text(invoking, "messageType", "invokingEvent")
        item = _item(notification, invoking)
        ordered_at = item.captured_at if item else a_text(invoking, "notificationCreationTime", "invokingEvent")
        return cls(
            notification=notification,
            rule_name=a_text(event, "configRuleName", "event"),
            rule_parameters=parameters_from_json(event.get("ruleParameters")),
            account_id=a_text(event, "accountId", "event"),
            result_token=a_text(event, "resultToken", "event"),
            left_scope=bool(event.get("eventLeftScope")),
            ordered_at=ordered_at,
            item=item,
        )


def parameters_from_json(text: object) -> Mapping[str, str]:
    """Read rule parameters: a JSON object of strings; a number or a boolean counts as its JSON text.

    AWS Config stores them as JSON text; no text means no parameters.

    Raises
    ------
    BadInput
        A value is an object, a list or null.
    """
    if text in (None, ""):
        return {}
    parameters = _decoded(text, "ruleParameters")
    for name, value in parameters.items():
        if not isinstance(value, str | int | float):
            raise BadInput(f"ruleParameters.{name}", value, "a text, a number or a boolean")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}


def _item(notification: str, invoking: Mapping[str, Any]) -> ConfigItem | None:
    if notification == CHANGE:
        return ConfigItem.from_json(invoking.get("configurationItem"), "invokingEvent.configurationItem")
    if notification == OVERSIZED:
        return ConfigItem.from_json(invoking.get("configurationItemSummary"), "invokingEvent.configurationItemSummary")
    if notification == SCHEDULED:
        return None
    raise BadInput("invokingEvent.messageType", notification, f"{CHANGE}, {OVERSIZED} or {SCHEDULED}")


def _decoded(text: object, where: str) -> Mapping[str, Any]:
    return an_object(parsed(text, where) if isinstance(text, str) else text, where)
