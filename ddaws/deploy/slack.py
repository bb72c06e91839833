"""The connection to Slack: SSM parameters of the operator, which deploy neither creates nor deletes."""

from botocore.exceptions import ClientError

from ddaws.account import error_code
from ddaws.plan import Plan, Target, Tell


def plan(target: Target, _tell: Tell) -> Plan:
    """Report where notifications go: to a bot, to a webhook, or to the notifier's log."""
    settings = target.stage.settings
    token, channel = settings.bot_token_parameter, settings.channel_parameter
    if _exists(target, token):
        if _exists(target, channel):
            return Plan(f"{token} and {channel}")
        return Plan(f"{token} alone", notes=(f"parameter {channel} is missing: Slack gets no messages without it",))
    webhook = settings.webhook_parameter
    if _exists(target, webhook):
        return Plan(webhook)
    how = f"aws ssm put-parameter --type SecureString --name {webhook} --value https://hooks.slack.com/services/..."
    return Plan("none: notifications go to the notifier's log", notes=(how,))


def keeping(target: Target, _tell: Tell) -> Plan:
    """Keep the parameters, and report it: only the operator has their secrets."""
    settings = target.stage.settings
    known = (settings.webhook_parameter, settings.bot_token_parameter, settings.channel_parameter)
    there = [name for name in known if _exists(target, name)]
    how = "parameter {0} stays: it is yours (aws ssm delete-parameter --name {0})"
    return Plan(", ".join(there) or "none", notes=tuple(how.format(name) for name in there))


def _exists(target: Target, name: str) -> bool:
    """Whether the parameter exists; its value is not decrypted."""
    try:
        target.account.client("ssm").get_parameter(Name=name, WithDecryption=False)
    except ClientError as error:
        if error_code(error) == "ParameterNotFound":
            return False
        raise
    return True
