"""Puts each state on the bucket, evaluates it and sends the probes; fixes what is public, and repeats this."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from botocore.exceptions import ClientError

from chalicelib.findings import Violation
from chalicelib.resources import Bucket
from tests.differential.account import Account
from tests.differential.callers import CALLERS, PROBES, Caller, Probe
from tests.differential.documented import is_granted
from tests.differential.families import states
from tests.differential.requester import Requester
from tests.differential.states import State

READ = PROBES[0]


@dataclass(frozen=True)
class Look:
    """The bucket at one moment.

    Attributes
    ----------
    bucket : Bucket
        As our gateway reads it.
    violations : tuple of Violation
        Our verdict.
    admitted : Mapping
        Who was let in for what, and who was not.
    """

    bucket: Bucket
    violations: tuple[Violation, ...]
    admitted: Mapping[tuple[Caller, Probe], bool]

    @property
    def is_public(self) -> bool:
        return bool(self.violations)

    def lets_in(self, callers: Iterable[Caller]) -> bool:
        """True if any probe was allowed for one of `callers`."""
        return any(is_admitted for (caller, _), is_admitted in self.admitted.items() if caller in callers)


@dataclass(frozen=True)
class Observation:
    """A state that S3 accepted.

    Attributes
    ----------
    after : Look or None
        The bucket after the fix; None where there was nothing to fix.
    """

    state: State
    before: Look
    after: Look | None

    @property
    def looks(self) -> tuple[Look, ...]:
        return (self.before, self.after) if self.after else (self.before,)


@dataclass(frozen=True)
class Outcome:
    """The results of a family.

    Attributes
    ----------
    refused : Mapping
        The states that S3 did not take, with its error codes.
    """

    observations: tuple[Observation, ...]
    refused: Mapping[str, str]

    @property
    def public(self) -> Iterator[Observation]:
        return (each for each in self.observations if each.before.is_public)

    @property
    def fixed(self) -> Iterator[tuple[str, Look, Look]]:
        """The fixed states: name, the bucket before, the bucket after."""
        return ((each.state.name, each.before, each.after) for each in self.observations if each.after)

    @property
    def looks(self) -> Iterator[tuple[str, Look]]:
        """Every look, before and after the fix, with the name of the state."""
        return ((each.state.name, look) for each in self.observations for look in each.looks)


class Trial:
    """Runs a family when its result is first read."""

    def __init__(self, account: Account, requester: Requester) -> None:
        self._account = account
        self._requester = requester
        self.of = cache(self._of)

    def _of(self, family: str) -> Outcome:
        observations, refused = [], {}
        for state in states(family):
            try:
                self._account.put(state)
            except ClientError as error:
                refused[state.name] = error.response["Error"]["Code"]
            else:
                observations.append(self._observe(state))
        return Outcome(tuple(observations), refused)

    def _observe(self, state: State) -> Observation:
        probes = [probe for probe in PROBES if probe is READ or is_granted(state.policy, state.grants, probe)]
        before = self._look(probes)
        if not before.is_public:
            return Observation(state, before, None)
        self._account.fix(before.bucket)
        return Observation(state, before, self._look(probes))

    def _look(self, probes: Iterable[Probe]) -> Look:
        bucket, violations = self._account.judge()
        lets_in = self._requester.lets_in
        return Look(bucket, violations, {(who, what): lets_in(who, what) for what in probes for who in CALLERS})
