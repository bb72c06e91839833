"""The effect of a CloudTrail event on a violation."""

from enum import Enum


class EventEffect(Enum):
    """The effect of a call on the parts that a violation names."""

    OPENS = "the call opened exactly these parts"
    CHANGES = "the call changed the resource in a related place"
    REPLACES = "the call replaced the whole that contains these parts: earlier calls no longer count"
    CLOSES = "the call closed exactly these parts"

    @property
    def ends_the_search(self) -> bool:
        """Whether no earlier event can have opened the violation."""
        return self is not EventEffect.CHANGES

    @property
    def may_have_opened(self) -> bool:
        return self is not EventEffect.CLOSES
