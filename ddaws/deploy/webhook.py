"""Slack's webhook URL: a SecureString that the user puts, and that we neither make nor delete."""

from botocore.exceptions import ClientError

from ddaws.account import error_code
from ddaws.plan import Plan, Target, Tell


def plan(target: Target, _tell: Tell) -> Plan:
    """Say whether there is one: without it, notifications end in the notifier's log."""
    name = target.stage.settings.webhook_parameter
    if _exists(target, name):
        return Plan(name)
    how = f"aws ssm put-parameter --type SecureString --name {name} --value https://hooks.slack.com/services/..."
    return Plan("none: notifications go to the notifier's log", notes=(how,))


def keeping(target: Target, _tell: Tell) -> Plan:
    """Leave it, and say so: it is the user's, and a secret that only the user can put again."""
    name = target.stage.settings.webhook_parameter
    if not _exists(target, name):
        return Plan("none")
    return Plan(name, notes=(f"parameter {name} stays: it is yours (aws ssm delete-parameter --name {name})",))


def _exists(target: Target, name: str) -> bool:
    """Whether the parameter exists; its value is not decrypted."""
    try:
        target.account.client("ssm").get_parameter(Name=name, WithDecryption=False)
    except ClientError as error:
        if error_code(error) == "ParameterNotFound":
            return False
        raise
    return True
