"""Plans: what a step found, and the changes it wants, which can be printed, compared and applied.

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
"""How long AWS may take until a role, a policy or a permission that was just made is known everywhere."""

RETRY_SECONDS = 2

Verb = Literal["create", "update", "delete"]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """What is deployed where."""

    stage: Stage
    account: Account
    alarm_email: str | None = None

    @cached_property
    def deployed(self) -> Deployed:
        """What the stage's functions run with."""
        return read(self.stage, self.account)

    @property
    def settings(self) -> Settings:
        """The settings that are deployed; those that are declared here, where the deployed ones cannot be read."""
        return self.deployed.settings or self.stage.settings

    def function_arn(self, function: str) -> str:
        return self.account.arn("lambda", f"function:{self.stage.named(function)}")

    def queue_arn(self, suffix: str) -> str:
        return self.account.arn("sqs", self.stage.named(suffix))

    @property
    def topic_arn(self) -> str:
        return self.account.arn("sns", self.stage.settings.topic)


class Change(Protocol):
    """One thing that a step does to the account."""

    @property
    def verb(self) -> Verb: ...

    @property
    def what(self) -> str: ...

    def apply(self, account: Account, tell: Tell) -> None:
        """Do it; `tell` shows how it goes on."""


@dataclass(frozen=True)
class Call:
    """A change that is one AWS call.

    Attributes
    ----------
    verb, what : str
        What it does, for people: ``create``, ``EventBridge rule dd-aws-dev-compliance-changes``.
    call : AwsCall
        The call.
    settles : tuple of str
        Error codes that pass by themselves: AWS does not yet know everywhere what was made a moment ago.
    done : tuple of str
        Error codes that mean that it is so already.
    """

    verb: Verb
    what: str
    call: AwsCall
    settles: tuple[str, ...] = ()
    done: tuple[str, ...] = ()

    def apply(self, account: Account, tell: Tell) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while not self._accepted(account, patient=time.monotonic() < deadline):
            tell(f"waiting until AWS knows what was just made: {self.what}")
            time.sleep(RETRY_SECONDS)

    def _accepted(self, account: Account, *, patient: bool) -> bool:
        """Make the call; False where AWS is to be asked again."""
        method = getattr(account.client(self.call.service), xform_name(self.call.action))
        try:
            answer = method(**self.call.parameters)
        except ClientError as error:
            if error_code(error) in self.done:
                return True
            if patient and error_code(error) in self.settles:
                return False
            raise
        if answer.get("FailedEntries"):  # EventBridge raises nothing for these
            raise NotDone(f"{self.what}: {answer['FailedEntries']}")
        return True


def call(verb: Verb, what: str, service: str, action: str, **parameters: Any) -> Call:
    """A change that is one AWS call, which is not repeated."""
    return Call(verb, what, AwsCall(service, action, parameters))


@dataclass(frozen=True)
class Plan:
    """What a step found, and what it wants.

    Attributes
    ----------
    found : str
        What is there, in a few words.
    changes : tuple of Change
        What to do, in order; empty: all is as it should be.
    notes : tuple of str
        What else a person should know.
    independent : bool
        Whether each change is made although one before it has failed; the failures are reported at the end of the step.
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
