"""The slots of a stage as an item of its table of decisions, and back."""

import json
from typing import Any

from chalicelib.trust.limits import Claim, Ledger, Slot


def to_item(ledger: Ledger) -> dict[str, Any]:
    """The attributes; all slots are one text, since nobody asks DynamoDB for one of them."""
    slots = [
        [slot.claim.remediation_id, slot.claim.rule, slot.claim.resource, slot.reserved_at, slot.used_at]
        for slot in ledger.slots
    ]
    return {
        "slots": {"S": json.dumps(slots)},
        "letThrough": {"N": str(ledger.let_through)},
        "letThroughAt": {"N": repr(ledger.let_through_at)},
        "told": {"S": json.dumps(dict(ledger.told))},
    }


def from_item(item: dict[str, Any]) -> Ledger:
    slots = json.loads(item["slots"]["S"])
    return Ledger(
        tuple(Slot(Claim(*claim), reserved_at, used_at) for *claim, reserved_at, used_at in slots),
        int(item["letThrough"]["N"]),
        float(item["letThroughAt"]["N"]),
        json.loads(item["told"]["S"]),
    )
