"""SQS: the questions who opened something, each seen by its function only after a while."""

import json
from typing import Any

from chalicelib.aws.queues import Queues
from chalicelib.investigation.inquiry import Inquiry


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
        AwsRefused, NotDeployed, NotDone
            SQS did not take it.
        """
        self._queues.send(self._queue, json.dumps(inquiry.to_json()), delay=delay)
