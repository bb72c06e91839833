"""A setting that each Config rule may have another value of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from chalicelib.errors import BadInput


@dataclass(frozen=True)
class PerRule[T]:
    """The values of the rules that are named, without the stage's prefix, and the value of all others.

    As a text: ``approve``, or ``s3-bucket-public-access=enforce``, or both, with a comma between them.
    """

    others: T
    named: Mapping[str, T]

    @classmethod
    def read(cls, setting: str, text: str, value: Callable[[str, str], T], others: T) -> Self:
        """Read the text of a setting; `value` reads one value, and raises BadInput, which names it and the setting."""
        named: dict[str, T] = {}
        for entry in filter(None, map(str.strip, text.split(","))):
            rule, is_named, one = (part.strip() for part in entry.rpartition("="))
            if rule in named or (is_named and not rule):
                raise BadInput(setting, text, "each rule once, as name=value; at most one value without a name")
            named[rule] = value(f"{setting}: {rule or 'other rules'}", one)
        return cls(named.pop("", others), named)

    def of(self, rule: str) -> T:
        return self.named.get(rule, self.others)
