"""The deployed settings: the functions' environment on Lambda, which may differ from `.chalice/config.json` here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import BadInput
from chalicelib.rules import RULES
from chalicelib.settings import Settings
from chalicelib.variables import VARIABLES
from ddaws.account import Account, error_code
from ddaws.aws_errors import explained
from ddaws.stage import Stage

ACTION = "lambda:GetFunctionConfiguration"
DECIDING = "coordinator"
"""The function whose settings decide whether resources are changed, and whether people must approve it."""


def functions() -> tuple[str, ...]:
    """The functions of every stage."""
    return ("notifier", DECIDING, "investigator", *(f for rule in RULES for f in (rule.evaluator, rule.remediator)))


@dataclass(frozen=True)
class Deployed:
    """One function, as it is deployed.

    Attributes
    ----------
    settings : Settings or None
        None if the function is not deployed or cannot be read; `problem` gives the reason.
    variables : Mapping
        The environment variables that are settings.
    exists : bool
        Whether the function exists; true if that is unknown.
    """

    settings: Settings | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    exists: bool = True
    problem: str = ""

    def differences(self, stage: Stage) -> list[tuple[str, str | None, str | None]]:
        """The settings that differ from the local ones: name, deployed value, declared value; None is the default."""
        if self.settings is None:
            return []
        return [
            (name, self.variables.get(name), stage.variables.get(name))
            for name in VARIABLES
            if getattr(self.settings, name.lower()) != getattr(stage.settings, name.lower())
        ]


def read(stage: Stage, account: Account, function: str = DECIDING) -> Deployed:
    """A function's settings, as AWS Lambda has them; an AWS error becomes `problem`."""
    try:
        found: Mapping[str, Any] = account.client("lambda").get_function_configuration(
            FunctionName=stage.named(function)
        )
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return Deployed(exists=False, problem="it is not deployed")
        return Deployed(problem=explained(error))
    except BotoCoreError as error:
        return Deployed(problem=explained(error))
    environment = found.get("Environment", {}).get("Variables", {})
    variables = {name: value for name, value in environment.items() if name in VARIABLES}
    try:
        return Deployed(Settings.from_environment({**environment, "AWS_REGION": account.region}), variables)
    except BadInput as error:
        return Deployed(None, variables, problem=f"its settings are wrong: {error}")
