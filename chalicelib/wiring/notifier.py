"""The gateways of the flow `notify`."""

from datetime import UTC, datetime
from functools import cached_property

from chalicelib.gateways.parameters import Parameters
from chalicelib.gateways.rate import NotificationRate
from chalicelib.gateways.slack import SlackWebhook
from chalicelib.wiring.shared import Gateways


class NotifierGateways(Gateways):
    """For the flow `notify`."""

    @cached_property
    def slack(self) -> SlackWebhook:
        parameters = Parameters(self.client("ssm"))
        return SlackWebhook(lambda: parameters.secret(self.settings.webhook_parameter))

    @cached_property
    def rate(self) -> NotificationRate:
        return NotificationRate(self.tables, self.settings.rate_table)

    def now(self) -> datetime:
        return datetime.now(UTC)
