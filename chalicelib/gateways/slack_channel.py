"""Slack, by whichever way is configured: the bot, else the webhook, else the log."""

from collections.abc import Callable

from chalicelib.errors import NotDone
from chalicelib.gateways.slack import SlackWebhook
from chalicelib.gateways.slack_bot import SlackBot
from chalicelib.gateways.slack_http import Blocks
from chalicelib.incidents import Place


class SlackChannel:
    """Posts as the bot where SSM has its token and its channel, and through the webhook otherwise.

    Parameters
    ----------
    secret : callable
        Gives the value of an SSM parameter, None where there is none; called for each post, so that a new one is soon
        in use.
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

    @property
    def has_threads(self) -> bool:
        """Whether messages can be put into threads; NotDone where SSM does not tell."""
        return self._secret(self._token_parameter) is not None

    def post(self, text: str, blocks: Blocks, place: Place | None = None, *, shown: bool = False) -> Place | None:
        """Post one message, as :meth:`SlackBot.post` does; None: it is in no thread, and nothing can join it.

        Raises
        ------
        NotDone
            Slack did not take the message, SSM does not give a parameter, or one of the bot's two is missing.
        """
        if bot := self._bot():
            return bot.post(text, blocks, place, shown=shown)
        self._webhook.post(text, blocks)
        return None

    def _bot(self) -> SlackBot | None:
        token, channel = self._secret(self._token_parameter), self._secret(self._channel_parameter)
        if token and channel:
            return SlackBot(token, channel, self._api_url)
        if token or channel:
            there, missing = self._token_parameter, self._channel_parameter
            if channel:
                there, missing = missing, there
            raise NotDone(f"SSM has the parameter {there} and not {missing}: put that, too, or delete both")
        return None
