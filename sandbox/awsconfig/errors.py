"""What AWS Config answers when it refuses a call."""


class ConfigError(Exception):
    """A refusal, as it goes over the wire.

    Parameters
    ----------
    code : str
        AWS's name of the error: ``NoSuchConfigRuleException``.
    message : str
        The sentence that AWS sends with it.
    status : int
        The HTTP status; AWS Config's client errors are all 400.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code = code
        self.message = message
        self.status = status
        super().__init__(f"{code}: {message}")
