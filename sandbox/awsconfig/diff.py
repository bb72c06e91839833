"""``configurationItemDiff``: what changed between two configuration items of one resource."""

from collections.abc import Iterator
from typing import Any

from sandbox.awsconfig.resource import Json, Resource

type Change = tuple[str, Any, Any]
"""Path, value before, value after; None for a missing value."""


def item_diff(before: Resource | None, after: Resource) -> Json:
    """The difference as AWS Config sends it; `before` is None if the resource is new."""
    if before is None:
        return {"changedProperties": {}, "changeType": "CREATE"}
    if after.configuration is None:
        changes = [("Configuration", before.configuration, None), *_supplementary_gone(before)]
        return {"changedProperties": _properties(changes), "changeType": "DELETE"}
    return {"changedProperties": _properties(_changes(before, after)), "changeType": "UPDATE"}


def _supplementary_gone(before: Resource) -> list[Change]:
    return [(f"SupplementaryConfiguration.{name}", value, None) for name, value in _supplementary(before)]


def _supplementary(resource: Resource) -> list[tuple[str, Any]]:
    return sorted(resource.supplementary_configuration.items())


def _changes(before: Resource, after: Resource) -> Iterator[Change]:
    yield from _compare("Configuration", before.configuration, after.configuration)
    yield from _compare(
        "SupplementaryConfiguration", before.supplementary_configuration, after.supplementary_configuration
    )
    yield from _compare("Relationships", _relationships(before), _relationships(after))
    yield from _compare("Tags", _tags(before), _tags(after))


def _compare(path: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            yield from _compare(f"{path}.{name[0].upper()}{name[1:]}", before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list):
        yield from _compare_lists(path, before, after)
    else:
        yield path, before, after


def _compare_lists(path: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    """Elements are removed or added: AWS Config numbers both, and compares no two elements."""
    gone = [(element, None) for element in before if element not in after]
    come = [(None, element) for element in after if element not in before]
    for index, (old, new) in enumerate(gone + come):
        yield f"{path}.{index}", old, new


def _properties(changes: Any) -> Json:
    return {
        path: {"previousValue": before, "updatedValue": after, "changeType": _change_type(before, after)}
        for path, before, after in changes
    }


def _change_type(before: Any, after: Any) -> str:
    if before is None:
        return "CREATE"
    return "DELETE" if after is None else "UPDATE"


def _relationships(resource: Resource) -> list[Json]:
    return [relationship.for_notification() for relationship in resource.relationships]


def _tags(resource: Resource) -> list[Json]:
    return [{"key": key, "value": value} for key, value in sorted(resource.tags.items())]
