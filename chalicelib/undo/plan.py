"""Plans the undo of a remediation from its record and the live resource, or reports the drift since then."""

from chalicelib.journal.record import Record
from chalicelib.resources import Bucket, Fact, Resource, SecurityGroup
from chalicelib.rules import Plan
from chalicelib.rules.s3_bucket.undo import undo_bucket
from chalicelib.rules.security_group.undo import undo_group
from chalicelib.rules.undo import Drift, Undo

FACTS = {
    SecurityGroup: frozenset({Fact.RULES_QUOTA}),
    Bucket: frozenset({Fact.ACCOUNT_BLOCK, Fact.OBJECT_OWNERSHIP}),
}
"""The facts of the live resource that show which calls AWS would refuse."""


def undo(record: Record, live: Resource | None, *, is_resumed: bool = False) -> Undo | Drift:
    """Undo the calls of `record`.

    Parameters
    ----------
    live : SecurityGroup, Bucket or None
        The resource now, with `FACTS`; None if it no longer exists.
    is_resumed : bool
        Whether an earlier undo of it was not finished.
    """
    if isinstance(live, SecurityGroup):
        return undo_group(record.attempts, live, is_resumed=is_resumed)
    if isinstance(live, Bucket):
        after = record.closing.after if record.closing else None
        return undo_bucket(record.attempts, live, after, is_resumed=is_resumed)
    return Drift((f"{record.opening.finding.target_resource_id} no longer exists",), Undo(Plan()))
