"""The emulated AWS Config: answers calls, and polls."""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import Event, Lock, Thread
from typing import Any, Self

from sandbox.awsconfig import evaluation, recording, wire
from sandbox.awsconfig.actions import ACTIONS
from sandbox.awsconfig.clients import outside
from sandbox.awsconfig.clock import utc_now
from sandbox.awsconfig.errors import ConfigError
from sandbox.awsconfig.resource import Account, Json, ResourceType
from sandbox.awsconfig.resource_types import installed
from sandbox.awsconfig.state import Limits, Outside, State, nothing_fails

logger = logging.getLogger(__name__)


class ConfigService:
    """AWS Config for one account and region.

    Parameters
    ----------
    account : Account
        Where it stands.
    outside : Outside
        The services that it calls.
    clients : Mapping
        boto3's name of a service -> the client that resource types poll through.
    resource_types : sequence of ResourceType
        What it can record.
    clock : callable
        The time, aware.
    limits : Limits
        AWS Config's limits.
    evaluation_fails : callable
        An ``Evaluation`` of PutEvaluations -> whether it is answered in ``FailedEvaluations`` and not kept.

    Examples
    --------
    >>> service = ConfigService.for_account("123456789012", "eu-west-1", clients)  # doctest: +SKIP
    >>> service.start()  # doctest: +SKIP
    >>> service.handle("DescribeConfigRules", {}, "arn:aws:iam::123456789012:root")  # doctest: +SKIP
    {'ConfigRules': []}
    """

    def __init__(
        self,
        account: Account,
        outside: Outside,
        clients: Mapping[str, Any],
        *,
        resource_types: Sequence[ResourceType] | None = None,
        clock: Callable[[], datetime] = utc_now,
        limits: Limits = Limits(),  # noqa: B008  # frozen
        evaluation_fails: Callable[[Mapping[str, Any]], bool] = nothing_fails,
    ) -> None:
        types = installed() if resource_types is None else tuple(resource_types)
        self._state = State(account, outside, types, clients, clock, limits, evaluation_fails)
        self._tick = Lock()
        self._stopped = Event()
        self._thread: Thread | None = None

    @classmethod
    def for_account(cls, account_id: str, region: str, clients: Mapping[str, Any], **options: Any) -> Self:
        """Build one that works through boto3 clients: ``ec2``, ``s3``, ``lambda``, ``sns`` and ``events``.

        Parameters
        ----------
        clients : Mapping
            boto3's name of a service -> a client of the account and region, with whatever endpoint.
        options
            The keyword parameters of :class:`ConfigService`.
        """
        return cls(Account(account_id, region), outside(clients), clients, **options)

    def handle(self, action: str, request: Json, caller_arn: str) -> Json:
        """Answer a call.

        Parameters
        ----------
        action : str
            AWS Config's name of the action: ``PutConfigRule``.
        request : dict
            The body of the HTTP request, parsed.
        caller_arn : str
            Who calls, authorized already.

        Returns
        -------
        dict
            The body of the HTTP answer; times are seconds since the epoch.

        Raises
        ------
        ConfigError
        """
        logger.debug("%s by %s", action, caller_arn)
        answer = ACTIONS.get(action)
        if answer is None:
            raise ConfigError("UnknownOperationException", f"{action} is not an action that this AWS Config offers.")
        checked = wire.checked_request(action, request)
        with self._state.lock:
            body = wire.answer(answer(self._state, checked))
        self._state.outbox.drain()
        return body

    def tick(self) -> None:
        """Poll once: record changes, run due evaluations, and deliver the results."""
        with self._tick:
            recording.record_changes(self._state)
            with self._state.lock:
                evaluation.evaluate_scheduled(self._state)
        self._state.outbox.drain()

    def start(self, seconds: float = 1.0) -> None:
        """Poll in a separate thread, `seconds` after each poll, until :meth:`stop`."""
        self._stopped.clear()
        self._thread = Thread(target=self._poll, args=(seconds,), name="aws-config", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the polling and wait for it."""
        self._stopped.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def _poll(self, seconds: float) -> None:
        while not self._stopped.wait(seconds):
            try:
                self.tick()
            except Exception:
                logger.exception("A poll failed; the next one continues from the recorded state")
