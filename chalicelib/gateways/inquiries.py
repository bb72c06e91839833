"""SQS: the questions who opened something, each seen by its function only after a while."""

import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.errors import NotDeployed, NotDone
from chalicelib.gateways.clients import code
from chalicelib.gateways.queues import Queues
from chalicelib.inquiries import Inquiry

_NO_QUEUE = frozenset({"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"})


class Inquiries:
    """The investigation queue, to send to.

    Parameters
    ----------
    client
        boto3's SQS client, one that gives up soon: nothing may wait for a question.
    queue : str
        The queue's name.
    """

    def __init__(self, client: Any, queue: str) -> None:
        self._queues = Queues(client)
        self._queue = queue

    def send(self, inquiry: Inquiry, delay: int) -> None:
        """Send a question, to be seen in `delay` seconds.

        Raises
        ------
        NotDeployed
            The stage has no such queue.
        NotDone
            SQS failed.
        """
        try:
            self._queues.send(self._queue, json.dumps(inquiry.to_json()), delay=delay)
        except ClientError as error:
            kind = NotDeployed if code(error) in _NO_QUEUE else NotDone
            raise kind(str(error)) from error
        except BotoCoreError as error:
            raise NotDone(str(error)) from error
