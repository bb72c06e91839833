"""What an event of CloudTrail did to a violation."""

from enum import Enum


class EventEffect(Enum):
    """What a call did to what a violation names."""

    OPENS = "it opened just that"
    CHANGES = "it changed something near it"
    REPLACES = "it replaced what that is a part of: whatever was opened before it no longer counts"
    CLOSES = "it closed just that"

    @property
    def ends_the_search(self) -> bool:
        """Whether no earlier event can have opened what was found."""
        return self is not EventEffect.CHANGES

    @property
    def may_have_opened(self) -> bool:
        return self is not EventEffect.CLOSES
