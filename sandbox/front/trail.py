"""What the front's services are asked to change, written down for CloudTrail."""

from pathlib import Path

from werkzeug import Request, Response

from sandbox import trail
from sandbox.front.signed import Credential
from sandbox.trail import ec2


class FrontTrail:
    """Writes down the calls of EC2 that change something, those that are refused included."""

    def __init__(self, events: Path) -> None:
        self._events = events

    def note(self, request: Request, credential: Credential, caller: str, response: Response) -> None:
        """One call, and its answer; calls of unknown callers are nobody's."""
        if credential.service != "ec2" or not caller or not ec2.changes(request.form.get("Action", "")):
            return
        seen = ec2.seen(
            request.form,
            response.status_code,
            response.get_data(as_text=True),
            caller=caller,
            access_key=credential.access_key,
            address=request.remote_addr or "",
            user_agent=request.headers.get("User-Agent", ""),
        )
        trail.append(self._events, trail.event(seen))
