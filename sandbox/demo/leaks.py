"""A leak: an exposed resource, and the facts expected about it before and after the fix."""

from collections.abc import Callable
from dataclasses import dataclass

PRESENT, REMOVED = "present", "removed"


@dataclass(frozen=True)
class Fact:
    """A property of a resource, which can be read from the live account at any time.

    Attributes
    ----------
    what : str
        For people: ``tcp 22 from 0.0.0.0/0``.
    read : callable
        Reads it now.
    leaking, fixed : str
        What `read` returns before and after the fix. Equal values mean harmless access, which must survive.
    """

    what: str
    read: Callable[[], str]
    leaking: str
    fixed: str

    @property
    def is_harmless(self) -> bool:
        return self.leaking == self.fixed


@dataclass(frozen=True)
class Leak:
    """A planted violation next to harmless access.

    Attributes
    ----------
    remediator : str
        The function that fixes it: ``remediate_s3_bucket``.
    change : str
        The IAM action that fixes it: ``s3:PutBucketAcl``.
    """

    resource_type: str
    resource_id: str
    remediator: str
    change: str
    facts: tuple[Fact, ...]

    def read(self) -> dict[str, str]:
        """What each fact reads now."""
        return {fact.what: fact.read() for fact in self.facts}

    @property
    def leaking(self) -> dict[str, str]:
        return {fact.what: fact.leaking for fact in self.facts}

    @property
    def fixed(self) -> dict[str, str]:
        return {fact.what: fact.fixed for fact in self.facts}
