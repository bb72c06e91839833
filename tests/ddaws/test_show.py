"""What people are shown of a record."""

from dataclasses import replace

from chalicelib.journal.record import Closing
from ddaws.show import difference
from tests.flows.fakes import group
from tests.trust.records import AT, outcome, record

SSH, OFFICE, WEB = ("tcp", 22, "0.0.0.0/0"), ("tcp", 22, "203.0.113.0/24"), ("tcp", 443, "0.0.0.0/0")


def test_a_rule_returned_in_another_order_has_not_changed() -> None:
    made = record()
    opening = replace(made.opening, before=group(SSH, OFFICE, WEB))
    closed = replace(made, opening=opening, closing=Closing(AT, outcome(), group(WEB, OFFICE)))
    assert list(difference(closed)) == [
        "- tcp 22 from 0.0.0.0/0",
        "  tcp 22 from 203.0.113.0/24",
        "  tcp 443 from 0.0.0.0/0",
    ]
