"""A setting whose value can differ by Config rule."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

from chalicelib.errors import BadInput


@dataclass(frozen=True)
class PerRule[T]:
    """The values of the rules that are named (without the stage's prefix), and the value of all others.

    Written as ``approve`` for all rules, or as a comma-separated list of entries such as
    ``s3-bucket-public-access=enforce``.
    """

    others: T
    named: Mapping[str, T]

    @classmethod
    def read(cls, setting: str, text: str, value: Callable[[str, str], T], cautious: Callable[[list[T]], T]) -> Self:
        """Read a setting's text, which is not empty.

        Parameters
        ----------
        value : callable
            (field, text) -> one value; raises BadInput, which names the field and the text.
        cautious : callable
            The value of the rules that are not named, from the values of those that are: a message can name any rule.
        """
        if "=" not in text:
            return cls(value(setting, text.strip()), {})
        named: dict[str, T] = {}
        for entry in text.split(","):
            rule, _, one = (part.strip() for part in entry.rpartition("="))
            if not rule or rule in named:
                raise BadInput(setting, text, "one value for all rules, or each rule once, as name=value")
            named[rule] = value(f"{setting}: {rule}", one)
        return cls(cautious(list(named.values())), named)

    def of(self, rule: str) -> T:
        return self.named.get(rule, self.others)

    @property
    def values(self) -> frozenset[T]:
        """All values that occur."""
        return frozenset((self.others, *self.named.values()))
