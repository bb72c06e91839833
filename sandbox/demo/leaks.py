"""A leak: a resource that lets everybody in, and what should be true of it while it leaks and once it is healed."""

from collections.abc import Callable
from dataclasses import dataclass

THERE, GONE = "there", "gone"


@dataclass(frozen=True)
class Fact:
    """Something about a resource that can be read from the live account at any time.

    Attributes
    ----------
    what : str
        For people: ``tcp 22 from 0.0.0.0/0``.
    read : callable
        Reads it now.
    leaking, healed : str
        What `read` should give before and after; the same: a harmless neighbour, which has to survive.
    """

    what: str
    read: Callable[[], str]
    leaking: str
    healed: str

    @property
    def is_harmless(self) -> bool:
        return self.leaking == self.healed


@dataclass(frozen=True)
class Leak:
    """A planted problem beside its harmless neighbours.

    Attributes
    ----------
    remediator : str
        The function that heals it: ``remediate_s3_bucket``.
    change : str
        The action that heals it, as policies name it: ``s3:PutBucketAcl``.
    """

    resource_type: str
    resource_id: str
    remediator: str
    change: str
    facts: tuple[Fact, ...]

    def read(self) -> dict[str, str]:
        """What is true now, by fact."""
        return {fact.what: fact.read() for fact in self.facts}

    @property
    def leaking(self) -> dict[str, str]:
        return {fact.what: fact.leaking for fact in self.facts}

    @property
    def healed(self) -> dict[str, str]:
        return {fact.what: fact.healed for fact in self.facts}
