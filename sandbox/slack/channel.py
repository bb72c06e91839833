"""A client of the Slack channel, with which tests wait for messages."""

import json
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import urllib3

from sandbox.errors import SandboxError
from sandbox.slack import web_api
from sandbox.slack.posts import Post
from sandbox.slack.receiver import POSTS, TROUBLE, WEBHOOK


@dataclass(frozen=True)
class Channel:
    """A client of the channel's server at `address`."""

    token = web_api.TOKEN
    id = web_api.CHANNEL

    address: str

    @property
    def webhook_url(self) -> str:
        return self.address + WEBHOOK

    def posts(self) -> list[Post]:
        """All that was posted, refused posts too, oldest first."""
        return [Post(**post) for post in urllib3.request("GET", self.address + POSTS).json()]

    def messages(self) -> list[Post]:
        """The messages as the channel shows them now, oldest first."""
        shown: dict[object, Post] = {}
        for number, post in enumerate(post for post in self.posts() if post.taken):
            if post.replaces:
                shown[post.replaces] = shown[post.replaces].replaced_by(post)
            else:
                shown[post.ts or number] = post
        return list(shown.values())

    def threads(self) -> list[list[Post]]:
        """What the bot posted, by thread: the first message, and the replies to it."""
        threads: dict[str, list[Post]] = defaultdict(list)
        for post in self.messages():
            if post.thread:
                threads[post.thread].append(post)
        return list(threads.values())

    def wait_for(self, wanted: Callable[[Post], bool], seconds: float = 60.0) -> Post:
        """Wait for the first message that is `wanted`; SandboxError after `seconds`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if found := next(filter(wanted, self.messages()), None):
                return found
            time.sleep(0.2)
        seen = [(post.status, post.reason or post.payload) for post in self.posts()]
        raise SandboxError(f"No such Slack message within {seconds} s; posted so far: {seen}")

    def fail_next(self, posts: int, status: int, retry_after: int = 1) -> None:
        """Answer the next `posts` posts with `status`: 429 (with ``Retry-After``, in seconds) or 500."""
        trouble = {"posts": posts, "status": status, "retry_after": retry_after}
        urllib3.request("POST", self.address + TROUBLE, body=json.dumps(trouble))
