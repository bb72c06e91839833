"""The stage's settings and the names of its AWS resources. Only this module reads os.environ."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self

from chalicelib import variables
from chalicelib.errors import BadInput
from chalicelib.modes import Handling, Mode
from chalicelib.per_rule import PerRule
from chalicelib.urls import keeps_secrets

APP = "dd-aws"
PROJECT = Path(__file__).parent.parent
NAME, LONGEST_STAGE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*"), 32
"""The pattern and maximum length of a stage's name; infrastructure/foundation.yaml has the same (a test compares
them)."""
MAX_RECEIVE_COUNT = 5
"""The maximum receive count of the work queues and the investigation queue: `maxReceiveCount` in
infrastructure/foundation.yaml (a test compares them)."""


@dataclass(frozen=True)
class Settings:
    """A stage's settings.

    Attributes
    ----------
    stage : str
        ``STAGE``: part of the name of every resource of this stage.
    enable_auto_response : bool
        ``ENABLE_AUTO_RESPONSE``: exactly ``true`` or ``false``.
    coordinator_poll_seconds : int
        ``COORDINATOR_POLL_SECONDS``: how long the coordinator keeps long-polling between two ticks, 0 to 50.
    max_fixes_per_hour : int
        ``MAX_FIXES_PER_HOUR``: the maximum number of distinct violations that the stage closes in any rolling hour, 1
        to 500; default 50.
    flap_action : str
        ``FLAP_ACTION``: whether a violation that is opened again after each fix is closed each time (``keep``) or stays
        open for a day (``stop``); default ``keep``.
    rule_modes : PerRule of Mode
        ``RULE_MODES``: ``observe``, ``approve`` or ``enforce``, for all Config rules or for each. Default: every rule
        is enforced. If only some rules are named, the others are observed.
    grace_minutes : PerRule of int
        ``GRACE_MINUTES``: how long a finding of a rule waits before it is fixed automatically, 0 to 10,080; default 0.
        If only some rules are named, the longest of their grace periods applies to the others.
    allow_exempt_tag : bool
        ``ALLOW_EXEMPT_TAG``: whether the tag ``dd-aws:exempt-until`` exempts a resource; default ``false``.
    slack_api_url : str
        ``SLACK_API_URL``: the URL of Slack's Web API; default ``https://slack.com/api/``.
    region : str
        ``AWS_REGION``, set by Lambda; ``AWS_DEFAULT_REGION`` elsewhere.
    """

    stage: str
    enable_auto_response: bool
    coordinator_poll_seconds: int
    max_fixes_per_hour: int
    flap_action: str
    rule_modes: PerRule[Mode]
    grace_minutes: PerRule[int]
    allow_exempt_tag: bool
    slack_api_url: str
    region: str

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read and check the settings.

        During `chalice deploy` the project is available, so the variables that it declares for the stage are checked,
        too.

        Raises
        ------
        BadInput
            A variable has a wrong value, or its name resembles a setting's; the error names the variable and the value.
        """
        variables.demand_no_typo(environ)
        if environ is os.environ:
            variables.check(PROJECT, environ.get("STAGE", ""), environ)
        return cls(
            stage=_stage(environ.get("STAGE", "")),
            enable_auto_response=_flag("ENABLE_AUTO_RESPONSE", environ.get("ENABLE_AUTO_RESPONSE", "")),
            coordinator_poll_seconds=_number(
                "COORDINATOR_POLL_SECONDS", environ.get("COORDINATOR_POLL_SECONDS", "50"), 0, 50
            ),
            max_fixes_per_hour=_number("MAX_FIXES_PER_HOUR", environ.get("MAX_FIXES_PER_HOUR", "50"), 1, 500),
            flap_action=_one_of("FLAP_ACTION", environ.get("FLAP_ACTION", "keep"), "keep", "stop"),
            rule_modes=PerRule.read("RULE_MODES", environ.get("RULE_MODES") or Mode.ENFORCE, _mode, _observed),
            grace_minutes=PerRule.read("GRACE_MINUTES", environ.get("GRACE_MINUTES") or "0", _minutes, max),
            allow_exempt_tag=_flag("ALLOW_EXEMPT_TAG", environ.get("ALLOW_EXEMPT_TAG", "false")),
            slack_api_url=_url("SLACK_API_URL", environ.get("SLACK_API_URL", "https://slack.com/api/")),
            region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION", ""),
        )

    def name(self, suffix: str) -> str:
        """The name of one of this stage's resources: ``dd-aws-<stage>-<suffix>``."""
        return f"{APP}-{self.stage}-{suffix}"

    @property
    def remediation_queue(self) -> str:
        return self.name("remediation")

    @property
    def topic(self) -> str:
        return self.name("notifications")

    @property
    def rate_table(self) -> str:
        """The DynamoDB table that counts notifications by the minute."""
        return self.name("notification-rate")

    @property
    def incidents_table(self) -> str:
        """The DynamoDB table of the incidents' threads in Slack."""
        return self.name("incidents")

    @property
    def journal_table(self) -> str:
        """The DynamoDB table of the changes made to each resource."""
        return self.name("journal")

    @property
    def trust_table(self) -> str:
        """The DynamoDB table of exemptions and other decisions of people."""
        return self.name("trust")

    def handling(self, config_rule: str) -> Handling:
        """How findings of a Config rule, given by its full name, are handled."""
        name = config_rule.removeprefix(self.name(""))
        return Handling(self.rule_modes.of(name), timedelta(minutes=self.grace_minutes.of(name)))

    @property
    def asks_nobody(self) -> bool:
        """Whether every rule is enforced immediately."""
        return self.rule_modes.values == {Mode.ENFORCE} and self.grace_minutes.values == {0}

    def work_queue(self, remediator: str) -> str:
        """The work queue of a remediator, given by its function's name: ``remediate_security_group``."""
        return self.name(remediator.replace("_", "-"))

    @property
    def investigation_queue(self) -> str:
        """The queue of inquiries, which the investigator receives."""
        return self.name("investigation")

    @property
    def webhook_parameter(self) -> str:
        """The SSM SecureString that holds Slack's webhook URL."""
        return f"/{APP}/{self.stage}/slack-webhook-url"

    @property
    def bot_token_parameter(self) -> str:
        """The SSM SecureString that holds the token of Slack's bot."""
        return f"/{APP}/{self.stage}/slack-bot-token"

    @property
    def channel_parameter(self) -> str:
        """The SSM parameter that names the channel to which the bot posts."""
        return f"/{APP}/{self.stage}/slack-channel"


def _mode(name: str, value: str) -> Mode:
    return Mode(_one_of(name, value, *Mode))


def _observed(_named: list[Mode]) -> Mode:
    return Mode.OBSERVE


def _minutes(name: str, value: str) -> int:
    return _number(name, value, 0, 10_080)


def dead_letter(queue: str) -> str:
    """The name of a queue's dead-letter queue."""
    return f"{queue}-dlq"


def _stage(value: str) -> str:
    if len(value) > LONGEST_STAGE or not NAME.fullmatch(value):
        raise BadInput(
            "STAGE", value, f"at most {LONGEST_STAGE} lower-case letters and digits, with hyphens between them"
        )
    return value


def _flag(name: str, value: str) -> bool:
    return _one_of(name, value, "true", "false") == "true"


def _one_of(name: str, value: str, *known: str) -> str:
    if value not in known:
        raise BadInput(name, value, " or ".join(known))
    return value


def _url(name: str, value: str) -> str:
    if not keeps_secrets(value):
        raise BadInput(name, value, "an https URL, or an http URL of this machine")
    return value


def _number(name: str, value: str, least: int, most: int) -> int:
    if not value.isdecimal() or not least <= int(value) <= most:
        raise BadInput(name, value, f"a whole number from {least} to {most}")
    return int(value)
