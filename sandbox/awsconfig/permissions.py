"""Whether a function's resource policy lets AWS Config invoke it."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from sandbox.awsconfig.resource import Json

PRINCIPAL = "config.amazonaws.com"
ACTION = "lambda:InvokeFunction"


def lets_config_invoke(policy: Json | None, account_id: str) -> bool:
    """Whether a Lambda resource policy allows AWS Config to invoke the function.

    Parameters
    ----------
    policy : dict or None
        The policy document; None where the function has none.
    account_id : str
        The account whose rule would invoke: ``AWS:SourceAccount`` may ask for it.
    """
    statements = _several(policy.get("Statement")) if policy else []
    about_config = [statement for statement in statements if _is_about_config(statement)]
    allows = any(statement["Effect"] == "Allow" and _holds(statement, account_id) for statement in about_config)
    return allows and not any(statement["Effect"] == "Deny" for statement in about_config)


def _is_about_config(statement: Json) -> bool:
    principal = statement.get("Principal")
    services = _several(principal.get("Service")) if isinstance(principal, dict) else []
    actions = [str(action).lower() for action in _several(statement.get("Action"))]
    is_config = principal == "*" or PRINCIPAL in services
    return is_config and any(fnmatchcase(ACTION.lower(), action) for action in actions)


def _holds(statement: Json, account_id: str) -> bool:
    """Whether ``AWS:SourceAccount`` allows the account; other conditions are assumed to be met."""
    accounts = [
        account
        for operator in statement.get("Condition", {}).values()
        for key, value in operator.items()
        if key.lower() == "aws:sourceaccount"
        for account in _several(value)
    ]
    return not accounts or account_id in accounts


def _several(value: Any) -> Sequence[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
