"""One poll: changes since the last one become configuration items, notifications and evaluations."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from sandbox.awsconfig import delivery, evaluation
from sandbox.awsconfig.diff import item_diff
from sandbox.awsconfig.items import Item, Status
from sandbox.awsconfig.resource import Resource, ResourceType
from sandbox.awsconfig.state import State

logger = logging.getLogger(__name__)
DAY = timedelta(hours=24)

type Found = Mapping[str, Resource]
"""Resource id -> resource."""


def record_changes(state: State) -> None:
    """Record the changes of every resource type that is due. The state's lock is not held while polling."""
    for resource_type in state.resource_types:
        if _is_due(state, resource_type.name):
            found = _look(state, resource_type)
            if found is not None:
                with state.lock:
                    _record(state, resource_type.name, found)


def _is_due(state: State, resource_type: str) -> bool:
    with state.lock:
        recorder = state.recorder
        if recorder is None or not recorder.recording:
            return False
        last = recorder.recorded.get(resource_type)
        match recorder.frequency_of(resource_type):
            case "CONTINUOUS":
                return True
            case "DAILY":
                return last is None or state.clock() - last >= DAY
        return False


def _look(state: State, resource_type: ResourceType) -> Found | None:
    """The current resources by ID; None if the service did not answer, and nothing is recorded."""
    client = state.clients[resource_type.service]
    try:
        return {resource.resource_id: resource for resource in resource_type.poll(client, state.account)}
    except delivery.FAILURES as error:
        logger.warning("%s could not be polled: %s", resource_type.name, error)
        return None


def _record(state: State, resource_type: str, found: Found) -> None:
    recorder = state.recorder
    if recorder is None or not recorder.recording:
        return
    now = state.clock()
    recorder.recorded[resource_type] = now
    gone = [item.resource for item in state.history.current(resource_type) if item.resource.resource_id not in found]
    items = []
    for resource in [*found.values(), *(resource.deleted() for resource in gone)]:
        before = _before(state, resource)
        if resource != before:
            items.append(_add(state, resource, before, now))
    delivery.write_history(state, resource_type, items)


def _before(state: State, resource: Resource) -> Resource | None:
    last = state.history.last(resource.key)
    return None if last is None or last.is_deleted else last.resource


def _add(state: State, resource: Resource, before: Resource | None, now: datetime) -> Item:
    status, captured = _status(resource, before), _captured(state, resource, now)
    item = Item(state.account, resource, status, captured, daily=_daily(state, resource))
    state.history.add(item)
    diff = item_diff(before, resource)
    notification = evaluation.change_notification(state, item, diff, diff["changeType"])
    delivery.stream(state, notification)
    evaluation.evaluate_change(state, item, before, notification)
    return item


def _status(resource: Resource, before: Resource | None) -> Status:
    if resource.configuration is None:
        return "ResourceDeleted"
    return "ResourceDiscovered" if before is None else "OK"


def _captured(state: State, resource: Resource, now: datetime) -> datetime:
    """`now`, but later than the resource's last item: the configuration state id orders them."""
    last = state.history.last(resource.key)
    return now if last is None or last.captured < now else last.captured + timedelta(milliseconds=1)


def _daily(state: State, resource: Resource) -> bool:
    return state.recorder is not None and state.recorder.frequency_of(resource.resource_type) == "DAILY"
