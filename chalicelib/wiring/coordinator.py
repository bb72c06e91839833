"""The gateways of the flow `coordinate`."""

import time
from collections.abc import Mapping, Sequence

from chalicelib.aws.queues import Received
from chalicelib.errors import DdAwsError
from chalicelib.wiring.shared import Gateways


class CoordinatorGateways(Gateways):
    """For the flow `coordinate`."""

    @property
    def source_queue_url(self) -> str:
        return self.queues.url(self.settings.remediation_queue)

    def waiting(self) -> int:
        return self.queues.waiting(self.settings.remediation_queue)

    def receive(self, visibility: int, wait: int, most: int) -> list[Received]:
        return self.queues.receive(self.settings.remediation_queue, visibility, wait, most)

    def forward(self, remediator: str, bodies: Sequence[str]) -> Mapping[int, DdAwsError]:
        return self.queues.send_all(self.settings.work_queue(remediator), bodies)

    def hide(self, receipt_handles: Sequence[str], seconds: int) -> None:
        self.queues.hide(self.settings.remediation_queue, receipt_handles, seconds)

    def backlog(self, remediator: str) -> int:
        return self.queues.backlog(self.settings.work_queue(remediator))

    def reject(self, body: str, reason: str) -> str:
        return self.put_aside(self.settings.remediation_queue, body, reason)

    def delete(self, receipt_handles: Sequence[str]) -> None:
        self.queues.delete(self.settings.remediation_queue, receipt_handles)

    def now(self) -> float:
        return time.monotonic()
