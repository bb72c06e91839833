"""Slack, by whichever way is configured: the bot, else the webhook, else the log."""

from collections.abc import Callable

from chalicelib.errors import NotDone
from chalicelib.slack.bot import SlackBot
from chalicelib.slack.webhook import SlackWebhook


class SlackChannel:
    """The bot where SSM has its token, and the webhook otherwise.

    Parameters
    ----------
    secret : callable
        Gives the value of an SSM parameter, None where there is none; called for each message, so that a new one is
        soon in use.
    token_parameter, channel_parameter : str
        The names of the bot's parameters.
    api_url : str
        Where Slack's Web API is.
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
        """How a message is posted now.

        Raises
        ------
        NotDone
            SSM does not give a parameter, or the bot has a token and no channel.
        """
        token = self._secret(self._token_parameter)
        if token is None:
            return self._webhook
        channel = self._secret(self._channel_parameter)
        if channel is None:
            there, missing = self._token_parameter, self._channel_parameter
            raise NotDone(f"SSM has the parameter {there} but not {missing}: create {missing}, or delete both")
        return SlackBot(token, channel, self._api_url)
