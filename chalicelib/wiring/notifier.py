"""The gateways of the flow `notify`."""

from datetime import UTC, datetime
from functools import cached_property

from chalicelib.aws.parameters import Parameters
from chalicelib.slack.bot import SlackBot
from chalicelib.slack.channel import SlackChannel
from chalicelib.slack.rate_store import NotificationRate
from chalicelib.slack.store import Incidents
from chalicelib.slack.webhook import SlackWebhook
from chalicelib.wiring.shared import Gateways


class NotifierGateways(Gateways):
    """For the flow `notify`."""

    @property
    def topic_arn(self) -> str:
        return self.topic.arn

    @property
    def slack(self) -> SlackBot | SlackWebhook:
        return self._channel.way()

    @cached_property
    def _channel(self) -> SlackChannel:
        settings, secret = self.settings, Parameters(self.client("ssm")).secret
        return SlackChannel(
            secret,
            settings.bot_token_parameter,
            settings.channel_parameter,
            settings.slack_api_url,
            SlackWebhook(lambda: secret(settings.webhook_parameter)),
        )

    @cached_property
    def rate(self) -> NotificationRate:
        return NotificationRate(self.tables, self.settings.rate_table)

    @cached_property
    def incidents(self) -> Incidents:
        return Incidents(self.tables, self.settings.incidents_table)

    def now(self) -> datetime:
        return datetime.now(UTC)
