"""Corrections of event source mappings that Chalice cannot make."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.findings import AwsCall
from ddaws.deploy.differences import is_disabled
from ddaws.deploy.live_app import Described, LiveApp
from ddaws.plan import Call

SETTLES = ("ResourceInUseException",)
"""Lambda refuses changes of a mapping that it is still creating, enabling or disabling."""


def corrections(live: LiveApp, wanted: Mapping[str, Any]) -> Iterator[Call]:
    """Delete all but one mapping per function (an interrupted deployment duplicates them), and enable that one."""
    for function, mappings in live.event_sources.items():
        kept, *surplus = _best_first(mappings, wanted["queues"].get(function))
        for mapping in surplus:
            yield deletion(f"a second event source of {function}", mapping)
        if is_disabled(kept):
            enable = AwsCall("lambda", "UpdateEventSourceMapping", {"UUID": kept["UUID"], "Enabled": True})
            yield Call("update", f"event source of {function}: enabled again", enable, SETTLES)


def deletion(what: str, mapping: Described) -> Call:
    """The change that deletes a mapping, if it still exists."""
    delete = AwsCall("lambda", "DeleteEventSourceMapping", {"UUID": mapping["UUID"]})
    return Call("delete", what, delete, SETTLES, done=("ResourceNotFoundException",))


def corrected(live: LiveApp, wanted: Mapping[str, Any]) -> LiveApp:
    """The live app after the corrections."""
    kept: dict[str, list[Described]] = {
        function: [{**_best_first(mappings, wanted["queues"].get(function))[0], "State": "Enabled"}]
        for function, mappings in live.event_sources.items()
    }
    return replace(live, event_sources=kept)


def _best_first(mappings: list[Described], wanted: Mapping[str, Any] | None) -> list[Described]:
    """The mappings, the one to keep first: of the right queue, then enabled, then in a stable order."""
    queue = wanted["queue"] if wanted else ""
    return sorted(
        mappings,
        key=lambda mapping: (
            mapping["EventSourceArn"].rpartition(":")[2] != queue,
            is_disabled(mapping),
            mapping["UUID"],
        ),
    )
