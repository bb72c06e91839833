"""What holds a stage up, in memory."""

from dataclasses import dataclass

from chalicelib.trust.pause import Pause

PAUSE = Pause("arn:aws:iam::123456789012:user/ann", "a fix broke the shop", "2026-01-01T00:00:00+00:00")


@dataclass
class FakeControls:
    """`unreadable` is raised by every question; `pause_at` counts the questions until somebody pauses the stage."""

    pause: Pause | None = None
    unreadable: Exception | None = None
    pause_at: int = -1

    def paused(self) -> Pause | None:
        if self.unreadable:
            raise self.unreadable
        self.pause_at -= 1
        return PAUSE if self.pause_at == -1 else self.pause
