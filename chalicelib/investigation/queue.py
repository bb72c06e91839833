"""SQS: sends inquiries to the investigation queue with a delay."""

import json
from typing import Any

from chalicelib.aws.queues import Queues
from chalicelib.investigation.inquiry import Inquiry


class Inquiries:
    """The investigation queue.

    Parameters
    ----------
    client
        boto3's SQS client, with short timeouts: nothing may wait for an inquiry.
    queue : str
        The queue's name.
    """

    def __init__(self, client: Any, queue: str) -> None:
        self._queues = Queues(client)
        self._queue = queue

    def send(self, inquiry: Inquiry, delay: int) -> None:
        """Send an inquiry, visible after `delay` seconds.

        Raises
        ------
        AwsRefused, NotDeployed, NotDone
            SQS did not accept it.
        """
        self._queues.send(self._queue, json.dumps(inquiry.to_json()), delay=delay)
