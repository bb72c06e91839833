"""Plans: what a step found, and its changes, which can be printed, compared and applied.

A planner only reads. An executor (:mod:`ddaws.run`) applies the changes, in order.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Protocol

from botocore import xform_name
from botocore.exceptions import ClientError

from chalicelib.errors import NotDone
from chalicelib.findings import AwsCall
from chalicelib.settings import Settings
from ddaws.account import Account, error_code
from ddaws.deployed import Deployed, read
from ddaws.stage import Stage

SETTLE_SECONDS = 45
"""How long AWS may take to propagate a new role, policy or permission."""

RETRY_SECONDS = 2

Verb = Literal["create", "update", "delete"]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """A stage in an account and a region."""

    stage: Stage
    account: Account
    alarm_email: str | None = None

    @cached_property
    def deployed(self) -> Deployed:
        """The coordinator's deployed settings."""
        return read(self.stage, self.account)

    @property
    def settings(self) -> Settings:
        """The deployed settings; the local ones if the deployed ones cannot be read."""
        return self.deployed.settings or self.stage.settings

    def function_arn(self, function: str) -> str:
        return self.account.arn("lambda", f"function:{self.stage.named(function)}")

    def queue_arn(self, suffix: str) -> str:
        return self.account.arn("sqs", self.stage.named(suffix))

    @property
    def topic_arn(self) -> str:
        return self.account.arn("sns", self.stage.settings.topic)


class Change(Protocol):
    """One change that a step makes in the account."""

    @property
    def verb(self) -> Verb: ...

    @property
    def what(self) -> str: ...

    def apply(self, account: Account, tell: Tell) -> None:
        """Make the change; `tell` shows its progress."""


@dataclass(frozen=True)
class Call:
    """A change that is one AWS call.

    Attributes
    ----------
    verb, what : str
        What the change does, for people: ``create``, ``EventBridge rule dd-aws-dev-compliance-changes``.
    call : AwsCall
        The call.
    settles : tuple of str
        Error codes to retry: AWS has not yet propagated a resource that was just created.
    done : tuple of str
        Error codes that mean that the change is already made.
    """

    verb: Verb
    what: str
    call: AwsCall
    settles: tuple[str, ...] = ()
    done: tuple[str, ...] = ()

    def apply(self, account: Account, tell: Tell) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while not self._accepted(account, patient=time.monotonic() < deadline):
            tell(f"waiting until AWS has propagated new resources: {self.what}")
            time.sleep(RETRY_SECONDS)

    def _accepted(self, account: Account, *, patient: bool) -> bool:
        """Make the call; False if it must be retried."""
        method = getattr(account.client(self.call.service), xform_name(self.call.action))
        try:
            answer = method(**self.call.parameters)
        except ClientError as error:
            if error_code(error) in self.done:
                return True
            if patient and error_code(error) in self.settles:
                return False
            raise
        if answer.get("FailedEntries"):  # EventBridge reports these failures in the response
            raise NotDone(f"{self.what}: {answer['FailedEntries']}")
        return True


def call(verb: Verb, what: str, service: str, action: str, **parameters: Any) -> Call:
    """A change that is one AWS call without retries."""
    return Call(verb, what, AwsCall(service, action, parameters))


@dataclass(frozen=True)
class Plan:
    """What a step found, and the changes that it needs.

    Attributes
    ----------
    found : str
        What is deployed, in a few words.
    changes : tuple of Change
        The changes, in order; empty if none is needed.
    notes : tuple of str
        Further information for people.
    independent : bool
        Whether each change is made even if an earlier one fails; failures are reported at the end of the step.
    """

    found: str
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    independent: bool = False


@dataclass(frozen=True)
class Step:
    """A named part of a deployment or of its removal."""

    name: str
    plan: Callable[[Target, Tell], Plan]
