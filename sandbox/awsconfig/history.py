"""The configuration items recorded so far."""

from collections.abc import Iterator, Sequence

from sandbox.awsconfig.items import Item

type Key = tuple[str, str]
"""Resource type, resource id."""


class History:
    """Every item of every resource, oldest first."""

    def __init__(self) -> None:
        self._items: dict[Key, list[Item]] = {}

    def add(self, item: Item) -> None:
        self._items.setdefault(item.resource.key, []).append(item)

    def items(self, key: Key) -> Sequence[Item]:
        """All that was recorded of a resource; empty where it is unknown."""
        return self._items.get(key, ())

    def last(self, key: Key) -> Item | None:
        """The latest item of a resource, which may say that it was deleted."""
        items = self.items(key)
        return items[-1] if items else None

    def current(self, resource_type: str | None = None) -> Iterator[Item]:
        """The latest item of every resource (of a type) that is not deleted."""
        return (item for item in self.latest(resource_type) if not item.is_deleted)

    def latest(self, resource_type: str | None = None) -> Iterator[Item]:
        """The latest item of every resource (of a type)."""
        return (items[-1] for key, items in self._items.items() if resource_type in (None, key[0]))
