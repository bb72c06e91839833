"""What an event has to do with a violation."""

from enum import Enum


class Bearing(Enum):
    """What a call did to what is condemned."""

    OPENS = "it opened just that"
    CHANGES = "it changed something near it"
    REPLACES = "it wrote anew what that is a part of: whatever was opened before it no longer counts"
    CLOSES = "it closed just that"

    @property
    def ends_the_search(self) -> bool:
        """Whether no earlier event can have opened what was found."""
        return self is not Bearing.CHANGES

    @property
    def may_have_opened(self) -> bool:
        return self is not Bearing.CLOSES
