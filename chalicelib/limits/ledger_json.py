"""The ledger of a stage to and from an item of its table of decisions."""

import json
from typing import Any

from chalicelib.limits.limits import Claim, Ledger, Slot


def to_item(ledger: Ledger) -> dict[str, Any]:
    """The attributes; all slots are one text, since no query needs a single one."""
    slots = [
        [each.remediation_id, each.rule, each.resource, sorted(each.closes), slot.reserved_at, slot.used_at]
        for slot in ledger.slots
        for each in (slot.claim,)
    ]
    return {
        "slots": {"S": json.dumps(slots, separators=(",", ":"))},
        "letThrough": {"N": str(ledger.let_through)},
        "letThroughAt": {"N": repr(ledger.let_through_at)},
        "told": {"S": json.dumps(dict(ledger.told))},
    }


def from_item(item: dict[str, Any]) -> Ledger:
    slots = json.loads(item["slots"]["S"])
    return Ledger(
        tuple(
            Slot(Claim(remediation_id, rule, resource, frozenset(closes)), reserved_at, used_at)
            for remediation_id, rule, resource, closes, reserved_at, used_at in slots
        ),
        int(item["letThrough"]["N"]),
        float(item["letThroughAt"]["N"]),
        json.loads(item["told"]["S"]),
    )
