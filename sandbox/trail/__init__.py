"""The sandbox's trail: what users and roles changed by EC2 and S3, as CloudTrail writes it.

The front writes down the calls of EC2, the emulator those of S3, each a line of one file; the front's CloudTrail reads
it. Events become visible only after a while, as on AWS.
"""

from sandbox.trail.record import append, read
from sandbox.trail.shape import Seen, event

__all__ = ["Seen", "append", "event", "read"]
