"""What was recorded: configuration items and discovered resources."""

from datetime import UTC, datetime

from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.items import Item
from sandbox.awsconfig.pages import page
from sandbox.awsconfig.resource import Json
from sandbox.awsconfig.state import State

EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)


def get_resource_config_history(state: State, request: Json) -> Json:
    _check_recorder(state)
    resource_type, resource_id = request["resourceType"], request["resourceId"]
    earliest, latest = request.get("earlierTime", EARLIEST), request.get("laterTime", LATEST)
    if earliest > latest:
        raise ConfigError("InvalidTimeRangeException", "The earlier time is after the later time.")
    recorded = state.history.items((resource_type, resource_id))
    if not recorded:
        raise ConfigError(
            "ResourceNotDiscoveredException",
            f"Resource {resource_id} of resourceType:{resource_type} is unknown or has not been discovered",
        )
    items = [item for item in recorded if earliest <= item.captured <= latest]
    if request.get("chronologicalOrder", "Reverse") == "Reverse":
        items.reverse()
    shown, token = page(items, request.get("nextToken"), request.get("limit") or 10)
    return {"configurationItems": [item.for_history() for item in shown], "nextToken": token}


def batch_get_resource_config(state: State, request: Json) -> Json:
    _check_recorder(state)
    keys = [(key["resourceType"], key["resourceId"]) for key in request["resourceKeys"]]
    items = [state.history.last(key) for key in keys]
    return {
        "baseConfigurationItems": [item.for_batch() for item in items if item and not item.is_deleted],
        "unprocessedResourceKeys": [],
    }


def list_discovered_resources(state: State, request: Json) -> Json:
    _check_recorder(state)
    if "resourceIds" in request and "resourceName" in request:
        raise ConfigError("ValidationException", "Cannot specify both resource ids and resource name.")
    latest = state.history.latest(request["resourceType"])
    found = sorted(
        (item for item in latest if _is_wanted(item, request)),
        key=lambda item: item.resource.resource_id,
    )
    shown, token = page(found, request.get("nextToken"), request.get("limit") or 100)
    return {"resourceIdentifiers": [_identifier(item) for item in shown], "nextToken": token}


def _is_wanted(item: Item, request: Json) -> bool:
    resource = item.resource
    return (
        (request.get("includeDeletedResources", False) or not item.is_deleted)
        and resource.resource_id in request.get("resourceIds", [resource.resource_id])
        and resource.resource_name == request.get("resourceName", resource.resource_name)
    )


def _identifier(item: Item) -> Json:
    return {
        "resourceType": item.resource.resource_type,
        "resourceId": item.resource.resource_id,
        "resourceName": item.resource.resource_name,
        "resourceDeletionTime": item.captured if item.is_deleted else None,
    }


def _check_recorder(state: State) -> None:
    if state.recorder is None:
        raise ConfigError(
            "NoAvailableConfigurationRecorderException", "There are no configuration recorders available."
        )


ACTIONS = {
    "GetResourceConfigHistory": get_resource_config_history,
    "BatchGetResourceConfig": batch_get_resource_config,
    "ListDiscoveredResources": list_discovered_resources,
}
