"""Slack, in the way that is configured: the bot, otherwise the webhook, otherwise the log."""

from collections.abc import Callable

from chalicelib.errors import NotDone
from chalicelib.slack.bot import SlackBot
from chalicelib.slack.webhook import SlackWebhook


class SlackChannel:
    """The bot if SSM has its token, otherwise the webhook.

    Parameters
    ----------
    secret : callable
        Returns the value of an SSM parameter, or None; called for each message, so that a new value is soon used.
    token_parameter, channel_parameter : str
        The names of the bot's parameters.
    api_url : str
        The URL of Slack's Web API.
    """

    def __init__(
        self,
        secret: Callable[[str], str | None],
        token_parameter: str,
        channel_parameter: str,
        api_url: str,
        webhook: SlackWebhook,
    ) -> None:
        self._secret = secret
        self._token_parameter = token_parameter
        self._channel_parameter = channel_parameter
        self._api_url = api_url
        self._webhook = webhook

    def way(self) -> SlackBot | SlackWebhook:
        """The bot or the webhook, as currently configured.

        Raises
        ------
        NotDone
            SSM does not return a parameter, or the bot has a token but no channel.
        """
        token = self._secret(self._token_parameter)
        if token is None:
            return self._webhook
        channel = self._secret(self._channel_parameter)
        if channel is None:
            there, missing = self._token_parameter, self._channel_parameter
            raise NotDone(f"SSM has the parameter {there} but not {missing}: create {missing}, or delete both")
        return SlackBot(token, channel, self._api_url)
