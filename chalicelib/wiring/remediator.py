"""The gateways of the flow `remediate`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice
from typing import Any

from chalicelib.aws.calls import make
from chalicelib.findings import AwsCall, Finding
from chalicelib.flapping.flapping import FlapAction
from chalicelib.flapping.store import FlapHistories
from chalicelib.journal.index import JournalIndex
from chalicelib.journal.record import Record
from chalicelib.journal.store import Journal
from chalicelib.resources import Fact, Resource
from chalicelib.rules import live
from chalicelib.settings import MAX_RECEIVE_COUNT, Settings
from chalicelib.wiring.shared import Gateways

MOST_LOOKED_AT = 10
"""The maximum number of remediations of a resource that are searched for the one that made it compliant."""


class RemediatorGateways(Gateways):
    """For the flow `remediate`. Nothing is cached, since a change depends on it."""

    max_receive_count = MAX_RECEIVE_COUNT

    def __init__(self, settings: Settings, remediator: str) -> None:
        super().__init__(settings)
        self._remediator = remediator

    @property
    def source_queue_url(self) -> str:
        return self.queues.url(self.settings.remediation_queue)

    @property
    def flap_action(self) -> FlapAction:
        return FlapAction(self.settings.flap_action)

    @cached_property
    def flapping(self) -> FlapHistories:
        return FlapHistories(self.tables, self.settings.trust_table)

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.tables, self.settings.journal_table)

    def past(self, resource: str, since: datetime) -> Iterator[Record]:
        """The latest remediations of a resource, most recent first."""
        index = JournalIndex(self.tables, self.settings.journal_table)
        for each in islice(index.of_resource(resource, since), MOST_LOOKED_AT):
            if record := self.journal.read(each.remediation_id):
                yield record

    def live(self, finding: Finding) -> Resource | None:
        return live.unread(
            finding.target_resource_type, finding.aws_account_id, finding.aws_region, finding.target_resource_id
        )

    def with_facts(self, resource: Resource, facts: frozenset[Fact]) -> Resource:
        return live.with_facts(resource, facts)

    def make(self, call: AwsCall, seen: Resource) -> Mapping[str, Any]:
        live.demand_unchanged(call, seen)
        return make(call, seen.account_id, seen.region)

    def delete(self, receipt_handles: Sequence[str]) -> None:
        self.queues.delete(self.settings.remediation_queue, receipt_handles)

    def reject(self, body: str, reason: str) -> str:
        return self.put_aside(self.settings.work_queue(self._remediator), body, reason)
